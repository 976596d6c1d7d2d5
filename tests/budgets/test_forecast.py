"""How long a budget lasts, said plainly, and not at all where too little is known."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loom_app.budgets.forecast import Spent, forecast

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
MONTH_END = datetime(2026, 11, 30, 23, tzinfo=UTC)
DAY_END = datetime(2026, 11, 10, 23, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_day_on_which_it_ends_and_how_that_was_reckoned() -> None:
    found = forecast("monthly", 9_000_000, MONTH_END, Spent(7_000_000, 70, NOW - 7 * DAY), NOW, ZONE)
    assert found is not None
    assert found.sentence == "At this rate the budget ends on the 19th."
    assert found.method == "The mean of the last 7 days: $7.00 in 70 calls."
    assert (found.ends_at, found.micros_per_day) == (NOW + 9 * DAY, 1_000_000)


def test_one_that_lasts_says_what_is_left() -> None:
    found = forecast("monthly", 50_000_000, MONTH_END, Spent(7_000_000, 70, NOW - 7 * DAY), NOW, ZONE)
    assert found is not None
    assert found.ends_at is None
    assert found.sentence == "At this rate it lasts, with about $29.54 left when it begins anew."


def test_today_is_told_by_the_hour_of_the_zone() -> None:
    found = forecast("daily", 1_000_000, DAY_END, Spent(2_000_000, 20, NOW - timedelta(hours=4)), NOW, ZONE)
    assert found is not None
    assert found.sentence == "At this rate the budget ends today at 15:00."


def test_a_bead_is_told_by_calls() -> None:
    found = forecast("total", 1_000_000, MONTH_END, Spent(500_000, 10, NOW - DAY), NOW, ZONE)
    assert found is not None
    assert (found.sentence, found.calls_left) == ("At this rate it lasts for about 20 more calls.", 20)


@pytest.mark.parametrize(
    ("window", "spent"),
    [
        ("monthly", Spent(0, 0, None)),
        ("monthly", Spent(7_000_000, 4, NOW - 7 * DAY)),
        ("monthly", Spent(7_000_000, 70, NOW - DAY)),
        ("daily", Spent(7_000_000, 70, NOW - timedelta(minutes=30))),
        ("daily", Spent(0, 70, NOW - timedelta(hours=9))),
        ("total", Spent(7_000_000, 2, NOW - DAY)),
    ],
)
def test_too_little_is_known(window: str, spent: Spent) -> None:
    assert forecast(window, 1_000_000, MONTH_END, spent, NOW, ZONE) is None


def test_what_is_used_up_is_used_up() -> None:
    found = forecast("daily", -5, DAY_END, Spent(2_000_000, 20, NOW - timedelta(hours=4)), NOW, ZONE)
    assert found is not None
    assert found.sentence == "It is used up."
