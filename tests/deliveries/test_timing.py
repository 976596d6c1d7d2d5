"""Letters come when people wish: never in quiet hours, at eight by their own clock, never before what they tell."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from loom_app.deliveries import timing
from loom_app.notifications.models import Digest, Preferences
from loom_app.notifications.preferences import quiet_until

ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe")
CLOCK = st.times().map(lambda at: f"{at:%H:%M}")


@given(
    st.integers(0, 366 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.sampled_from(list(Digest)), st.sampled_from(ZONES), CLOCK, CLOCK,
)  # fmt: skip
def test_a_letter_is_never_early_and_never_in_quiet_hours(
    at: datetime, mode: Digest, zone: str, begin: str, end: str
) -> None:
    wishes = Preferences(user_id="u", digest_mode=mode, time_zone=zone, quiet_hours_start=begin, quiet_hours_end=end)
    due = timing.due(wishes, at)
    assert at <= due <= at + timedelta(days=2, hours=2)
    until = quiet_until(wishes, due)
    assert until is None or until == due


def test_the_letter_of_a_day_comes_at_eight_by_the_readers_clock_also_when_clocks_change() -> None:
    wishes = Preferences(user_id="u", digest_mode=Digest.DAILY, time_zone="Europe/Berlin")
    for at in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
        here = timing.digest_at(wishes, at).astimezone(ZoneInfo("Europe/Berlin"))
        assert (here.day, here.hour, here.minute) == (at.day + 1, 8, 0)


def test_a_letter_is_tried_for_three_days() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    assert timing.next_try(50, made, made + timedelta(days=2)) is not None
    assert timing.next_try(0, made, made + timedelta(days=4)) is None
