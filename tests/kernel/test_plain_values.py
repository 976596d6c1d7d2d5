"""Money, time and identifiers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.clock import ahead, now, parse_rfc3339, rfc3339
from loom_app.kernel.errors import Invalid
from loom_app.kernel.ids import new_id
from loom_app.kernel.money import dollars, price


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (None, "unpriced"), (0, "$0.00"), (1, "$0.000001"), (10_000, "$0.01"), (1_500_000, "$1.50"),
        (1_234_567_890_123, "$1,234,567.890123"), (-250_000, "-$0.25"), (-1, "-$0.000001"),
    ],
)  # fmt: skip
def test_money_as_people_read_it(amount: int | None, shown: str) -> None:
    assert dollars(amount) == shown


@given(tokens=st.integers(0, 10**9), rate=st.integers(0, 10**9))
def test_a_price_is_right_to_half_a_micro_dollar(tokens: int, rate: int) -> None:
    assert abs(price(tokens, rate) * 1_000_000 - tokens * rate) * 2 <= 1_000_000


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-14, 14))  # noqa: DTZ001
def test_a_moment_written_and_read_is_the_same(naive: datetime, hours: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    text = rfc3339(moment)
    assert text.endswith("Z")
    assert parse_rfc3339(text) == moment


@pytest.mark.parametrize(
    "text", ["2026-02-21T09:30:00", "yesterday", "", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_moment_with_a_zone_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_rfc3339(text)


def test_nine_digits_of_a_second_are_read_and_six_kept() -> None:
    assert parse_rfc3339("2026-02-21T09:30:00.123456789Z").microsecond == 123456


def test_the_clock_is_aware_and_in_utc() -> None:
    assert now().tzinfo is UTC
    assert ahead(60) > now()


def test_identifiers_sort_by_the_time_they_were_made() -> None:
    made = [new_id("run") for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000
    assert all(one.startswith("run-") and len(one) == 36 for one in made)
