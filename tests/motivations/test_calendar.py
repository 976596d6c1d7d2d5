"""The arithmetic of the calendar against a plain model: walking minute by minute, day by day."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.motivations.calendar import MONDAY, approaches, days_left, enters, latest, slot, upcoming
from loom_app.motivations.models import Condition
from loom_app.motivations.parameters import Parameters, in_short, read, span
from tests.motivations.stage import Stage, later

MOMENTS = st.integers(1, 130 * 365 * 86_400).map(
    lambda seconds: datetime(1971, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
MINUTES = st.integers(1, 400 * 1_440)


def first_of_month(moment: datetime) -> bool:
    return moment.day == 1


def first_of_quarter(moment: datetime) -> bool:
    return moment.day == 1 and moment.month in (1, 4, 7, 10)


@pytest.mark.parametrize(
    ("condition", "begins"),
    [(Condition.MONTH_BOUNDARY, first_of_month), (Condition.QUARTER_BOUNDARY, first_of_quarter)],
)
@given(moment=MOMENTS)
def test_months_and_quarters_begin_where_a_walk_along_the_days_finds_it(
    condition: Condition, begins: object, moment: datetime
) -> None:
    assert callable(begins)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    back = next(day - timedelta(days=count) for count in range(100) if begins(day - timedelta(days=count)))
    on = next(day + timedelta(days=count) for count in range(1, 100) if begins(day + timedelta(days=count)))
    last = latest(condition, Parameters(), moment)
    assert last is not None
    assert (last.at, upcoming(condition, Parameters(), moment)) == (back, on)
    before = latest(condition, Parameters(), back - timedelta(microseconds=1))
    assert before is not None
    assert before.name != last.name


@given(moment=MOMENTS, minutes=MINUTES)
def test_slots_follow_each_other_without_gap_and_without_overlap(moment: datetime, minutes: int) -> None:
    length = timedelta(minutes=minutes)
    every = read(Condition.SCHEDULED_INTERVAL, {"interval": f"{minutes}m"})
    begun, ahead = slot(moment, length), upcoming(Condition.SCHEDULED_INTERVAL, every, moment)
    assert ahead is not None
    assert begun <= moment < ahead == begun + length
    assert (begun - MONDAY) % length == timedelta()
    assert slot(begun, length) == begun
    assert slot(begun - timedelta(microseconds=1), length) == begun - length


@given(moment=MOMENTS)
def test_days_begin_at_midnight_and_weeks_on_monday(moment: datetime) -> None:
    day, week = slot(moment, timedelta(days=1)), slot(moment, timedelta(days=7))
    assert day.date() == moment.date()
    assert (day.hour, day.minute) == (0, 0)
    assert (week.weekday(), week.hour) == (0, 0)


@given(due=MOMENTS, moment=MOMENTS, threshold=st.integers(0, 365))
def test_a_deadline_is_near_from_the_day_it_enters_until_it_passes(
    due: datetime, moment: datetime, threshold: int
) -> None:
    days = 0
    while due.date() > moment.date() + timedelta(days=days) and days <= 365:
        days += 1
    assert approaches(due, moment, threshold) == (moment < due and days <= threshold)
    assert approaches(due, moment, threshold) == (enters(due, threshold) <= moment < due)
    assert (days_left(due, moment) == 0) == (due.date() == moment.date())


@given(seconds=st.integers(1, 34_560_000))
def test_durations_are_read_as_they_are_written(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert span(in_short(length)) == length


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "0s", "1y", "401d", "5 m", "99999999d", "1e3s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|between"):
        span(text)


async def test_an_interval_fires_once_a_slot_however_the_clock_jumps(stage: Stage) -> None:
    await stage.project()
    given = {"interval": "24h"}
    await stage.motivation(Condition.SCHEDULED_INTERVAL, parameters=given, cooldown_minutes=22 * 60, since=later(-60))
    noon = later(0)
    assert (await stage.tick(noon)).fired == 0, "the slot began before it was enabled"
    midnight = later(12 * 60)
    for moment, fired in (
        (midnight, 1), (midnight + timedelta(seconds=30), 0), (noon, 0), (midnight + timedelta(days=5), 1),
        (midnight + timedelta(hours=2), 0), (midnight + timedelta(days=1, hours=1), 1),
        (midnight + timedelta(days=400), 1), (midnight + timedelta(days=2, hours=1), 1),
        (midnight + timedelta(days=5), 0),
    ):  # fmt: skip
        assert (await stage.tick(moment)).fired == fired, moment
    causes = [one.cause for one in await stage.fired()]
    assert len(set(causes)) == len(causes) == 5


async def test_a_moment_a_month_and_a_quarter_each_come_once(stage: Stage) -> None:
    await stage.project()
    since = datetime(2026, 11, 1, tzinfo=UTC)
    at = {"at": "2126-12-24T18:00:00Z"}
    moment = await stage.motivation(Condition.TIME_REACHED, parameters=at, since=since)
    await stage.motivation(Condition.MONTH_BOUNDARY, since=since)
    await stage.motivation(Condition.QUARTER_BOUNDARY, since=since)
    assert (await stage.tick(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))).fired == 0
    assert (await stage.tick(datetime(2026, 12, 1, tzinfo=UTC))).fired == 1
    assert (await stage.tick(datetime(2026, 12, 31, tzinfo=UTC))).fired == 0
    assert (await stage.tick(datetime(2027, 1, 1, tzinfo=UTC))).fired == 2
    eve = datetime(2126, 12, 24, 18, tzinfo=UTC)
    assert (await stage.tick(eve)).fired == 3
    assert (await stage.tick(eve + timedelta(days=1))).fired == 0
    assert [one.cause for one in await stage.fired(motivation_id=moment.id)] == ["time:2126-12-24T18:00:00Z"]
    assert "quarter:2027Q1" in {one.cause for one in await stage.fired()}
