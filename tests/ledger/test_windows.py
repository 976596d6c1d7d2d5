"""From when to when a budget lasts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.ledger.models import Window
from loom_app.ledger.windows import bounds

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Cairo",
    "Australia/Lord_Howe",
]
MOMENTS = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(
    ("window", "zone", "moment", "starts", "ends"),
    [
        ("daily", "UTC", "2026-03-01T00:00:00", "2026-03-01T00:00:00", "2026-03-02T00:00:00"),
        ("daily", "Europe/Berlin", "2026-03-28T23:30:00", "2026-03-28T23:00:00", "2026-03-29T22:00:00"),
        ("daily", "Europe/Berlin", "2026-10-25T12:00:00", "2026-10-24T22:00:00", "2026-10-25T23:00:00"),
        ("daily", "America/New_York", "2026-01-01T04:59:59", "2025-12-31T05:00:00", "2026-01-01T05:00:00"),
        ("monthly", "America/New_York", "2026-01-01T04:59:59", "2025-12-01T05:00:00", "2026-01-01T05:00:00"),
        ("monthly", "UTC", "2028-02-29T12:00:00", "2028-02-01T00:00:00", "2028-03-01T00:00:00"),
        ("total", "UTC", "2026-03-01T00:00:00", "1970-01-01T00:00:00", "9999-01-01T00:00:00"),
    ],
)
def test_days_and_months_begin_at_midnight_of_the_zone(
    window: str, zone: str, moment: str, starts: str, ends: str
) -> None:
    given_, *wanted = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (moment, starts, ends))
    assert bounds(window, given_, ZoneInfo(zone)) == tuple(wanted)


@given(
    st.sampled_from(list(Window)), st.sampled_from(ZONES),
    MOMENTS,
)  # fmt: skip
def test_every_moment_is_in_one_window_and_the_next_begins_where_it_ends(
    window: Window, zone: str, moment: datetime
) -> None:
    place = ZoneInfo(zone)
    starts, ends = bounds(window, moment, place)
    assert starts <= moment < ends
    assert bounds(window, starts, place) == (starts, ends)
    if window is not Window.TOTAL:
        assert bounds(window, ends, place)[0] == ends
        assert bounds(window, ends - timedelta(seconds=1), place) == (starts, ends)
