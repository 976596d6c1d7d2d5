"""The arithmetic of the calendar, in UTC: slots of an interval, months, quarters, days to a deadline. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from loom_app.motivations.models import SLOT, Condition
from loom_app.motivations.parameters import AtTime, Every, Parameters

MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
"""Intervals are counted from here, so that days begin at midnight and weeks on a Monday."""


@dataclass(frozen=True)
class Slot:
    """A moment of the calendar that has come: when it was, and what it is called."""

    at: datetime
    name: str


def slot(moment: datetime, interval: timedelta) -> datetime:
    """The last beginning of an interval that is not after `moment`."""
    return MONDAY + (moment - MONDAY) // interval * interval


def month(moment: datetime) -> datetime:
    """The beginning of the month."""
    return datetime(moment.year, moment.month, 1, tzinfo=UTC)


def quarter(moment: datetime) -> datetime:
    """The beginning of the quarter."""
    return datetime(moment.year, (moment.month - 1) // 3 * 3 + 1, 1, tzinfo=UTC)


def following(first: datetime, months: int) -> datetime:
    """The beginning of the month so many months after the one that begins with `first`."""
    count = first.year * 12 + first.month - 1 + months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)


def days_left(due: datetime, moment: datetime) -> int:
    """How many dates lie between now and a deadline: 0 on the day itself, negative after that day."""
    return (due.astimezone(UTC).date() - moment.astimezone(UTC).date()).days


def approaches(due: datetime, moment: datetime, threshold: int) -> bool:
    """Whether a deadline is still to come and at most `threshold` days off."""
    return due > moment and days_left(due, moment) <= threshold


def enters(due: datetime, threshold: int) -> datetime:
    """From when on the deadline is at most `threshold` days off."""
    day = due.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=threshold)


def latest(condition: Condition, parameters: Parameters, moment: datetime) -> Slot | None:
    """The last moment of a condition of the calendar alone that has come; None before its first."""
    if isinstance(parameters, AtTime):
        return Slot(parameters.at, f"time:{_shown(parameters.at)}") if parameters.at <= moment else None
    if isinstance(parameters, Every):
        at = slot(moment, parameters.interval)
        return Slot(at, f"{SLOT}{_shown(at)}")
    if condition == Condition.QUARTER_BOUNDARY:
        at = quarter(moment)
        return Slot(at, f"quarter:{at.year}Q{(at.month + 2) // 3}")
    if condition == Condition.MONTH_BOUNDARY:
        at = month(moment)
        return Slot(at, f"month:{at:%Y-%m}")
    return None


def upcoming(condition: Condition, parameters: Parameters, moment: datetime) -> datetime | None:
    """The next moment of a condition of the calendar alone; None where there is none."""
    if isinstance(parameters, AtTime):
        return parameters.at if parameters.at > moment else None
    if isinstance(parameters, Every):
        return slot(moment, parameters.interval) + parameters.interval
    if condition == Condition.QUARTER_BOUNDARY:
        return following(quarter(moment), 3)
    if condition == Condition.MONTH_BOUNDARY:
        return following(month(moment), 1)
    return None


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
