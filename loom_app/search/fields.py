"""The fields one can ask for, and what their values may be. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from loom_app.kernel.clock import parse_rfc3339
from loom_app.kernel.errors import Invalid

FIELDS: dict[str, str] = {
    "status": "open, in_progress, blocked, done (or closed), or a status that came with a file",
    "priority": "0 to 4 or P0 to P4, a range such as P0-P1",
    "agent": "an agent's or person's name, role or id; me; none",
    "type": "task, bug, feature, epic, chore or another type of a bead",
    "tag": "a tag",
    "project": "a project's id or name",
    "parent": "the id of a bead whose children are wanted",
    "id": "an id, or its beginning with a *",
    "created": "a day, >day, <day, day..day, today, yesterday, -7d",
    "updated": "like created",
    "closed": "like created",
    "due": "like created, also tomorrow and +7d",
    "is": "ready, blocked, overdue, open, done, mine",
    "has": "comments, runs, children, parent, due",
    "in": "title, comments, runs",
}
"""Field → what it takes, for people."""
ALIASES = {
    "assignee": "agent", "holder": "agent", "assigned_to": "agent", "label": "tag", "labels": "tag", "tags": "tag",
    "prio": "priority", "p": "priority",
}  # fmt: skip
CHOICES = {
    "is": ("ready", "blocked", "overdue", "open", "done", "closed", "mine"),
    "has": ("comments", "runs", "children", "parent", "due"),
    "in": ("title", "comments", "runs"),
}
MOMENTS = ("created", "updated", "closed", "due")
PRIORITY = re.compile(r"[Pp]?([0-4])(?:(?:-|\.\.)[Pp]?([0-4]))?")
_OFFSET = re.compile(r"([+-])(\d{1,4})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on and before `until`; None where it is open."""

    since: datetime | None
    until: datetime | None


def priorities(value: str) -> range | None:
    """The priorities `value` names; None when it names none."""
    found = PRIORITY.fullmatch(value)
    if found is None:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return range(min(first, last), max(first, last) + 1)


def span(value: str, now: datetime) -> Span | None:
    """The time `value` names; None when it names none."""
    try:
        return _span(value, now)
    except OverflowError:  # a moment at either end of the calendar has none beyond it
        return None


def _span(value: str, now: datetime) -> Span | None:
    operator = next((sign for sign in (">=", "<=", ">", "<") if value.startswith(sign)), "")
    if not operator and ".." in value:
        first, last = (_day(part, now) for part in value.split("..", 1))
        return Span(first.since, last.until) if first and last else None
    named = _day(value[len(operator) :], now)
    if named is None or not operator:
        return Span(named.since, None) if named and _OFFSET.fullmatch(value) and value[0] == "-" else named
    return {
        ">": Span(named.until, None), ">=": Span(named.since, None),
        "<": Span(None, named.since), "<=": Span(None, named.until),
    }[operator]  # fmt: skip


def _day(text: str, now: datetime) -> Span | None:
    """A day, or a moment, by name."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"today": today, "yesterday": today - DAY, "tomorrow": today + DAY}.get(text.lower())
    if named is not None:
        return Span(named, named + DAY)
    away = _OFFSET.fullmatch(text)
    if away:
        step = timedelta(**{_UNITS[away[3]]: int(away[1] + away[2])})
        return Span(now + step, now + step) if away[1] == "-" else Span(now, now + step)
    return _written(text)


def _written(text: str) -> Span | None:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
            return Span(day, day + DAY)
        moment = parse_rfc3339(text)
    except (Invalid, ValueError):
        return None
    return Span(moment, moment + timedelta(microseconds=1))
