"""Quiet hours: over midnight, in the person's own zone, through nights in which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.notifications.models import Preferences
from loom_app.notifications.preferences import ZONES, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")


def wishes(start: str, end: str, zone: str = "Europe/Berlin") -> Preferences:
    """Somebody's quiet hours."""
    return Preferences(user_id="mia", quiet_hours_start=start, quiet_hours_end=end, time_zone=zone)


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        ("2026-11-23 21:59", None), ("2026-11-23 22:00", "2026-11-24 07:00"), ("2026-11-24 06:59", "2026-11-24 07:00"),
        ("2026-11-24 07:00", None), ("2026-11-24 12:00", None),
    ],
)  # fmt: skip
def test_they_may_go_over_midnight(clock: str, until: str | None) -> None:
    ends = quiet_until(wishes("22:00", "07:00"), datetime.fromisoformat(clock).replace(tzinfo=BERLIN))
    assert ends == (datetime.fromisoformat(until).replace(tzinfo=BERLIN) if until else None)


def test_a_night_in_which_clocks_change_ends_at_the_same_hour_of_the_clock() -> None:
    for evening, hours in (("2026-03-28 22:00", 8), ("2026-10-24 22:00", 10)):
        begun = datetime.fromisoformat(evening).replace(tzinfo=BERLIN).astimezone(UTC)
        assert quiet_until(wishes("22:00", "07:00"), begun) == begun + timedelta(hours=hours)


def test_without_hours_or_with_none_between_them_it_is_never_quiet() -> None:
    at = datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert quiet_until(wishes("", ""), at) is None
    assert quiet_until(wishes("07:00", "07:00"), at) is None


clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone


@given(clocks, clocks, st.sampled_from(sorted(ZONES)), moments)
def test_whenever_it_is_quiet_it_ends_within_a_day_and_is_not_quiet_then(
    start: str, end: str, zone: str, at: datetime
) -> None:
    quiet = wishes(start, end, zone)
    until = quiet_until(quiet, at)
    if until is not None:
        assert at <= until <= at + timedelta(hours=26)
        assert until == at or quiet_until(quiet, until) in (None, until)
