"""What somebody wants to be told, and when what is sent out of Loom has to wait."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.catalogue import named
from loom_app.events.event_type import Priority
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Invalid
from loom_app.notifications.models import Digest, Preferences

CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
ZONES = available_timezones()
MOST = 200
"""Types of events or projects that somebody may name."""


async def of(tx: AsyncSession, user_id: str) -> Preferences:
    """Somebody's preferences; the usual ones when they never said."""
    return await tx.get(Preferences, user_id) or Preferences(user_id=user_id)


async def change(tx: AsyncSession, changes: Mapping[str, Any], *, actor: Actor) -> Preferences:
    """Changes what `changes` names and leaves the rest. Raises Invalid, and nothing is changed then."""
    wishes = await of(tx, actor.id)
    for name, value in changes.items():
        check = CHECKS.get(name)
        setattr(wishes, name, check(value) if check else value)
    if bool(wishes.quiet_hours_start) != bool(wishes.quiet_hours_end):
        raise Invalid(
            "Quiet hours need a beginning and an end: give quiet_hours_start and quiet_hours_end, or empty both.",
            code="bad_quiet_hours",
        )
    wishes.updated_at = now()
    tx.add(wishes)
    await tx.flush()
    return wishes


def quiet_until(wishes: Preferences, at: datetime) -> datetime | None:
    """When the quiet hours that hold at `at` end; None when none do.

    They are hours of the person's own clock: a night in which clocks change is an hour longer or shorter.
    """
    if not wishes.quiet_hours_start or wishes.quiet_hours_start == wishes.quiet_hours_end:
        return None
    zone = ZoneInfo(wishes.time_zone)
    here = at.astimezone(zone)
    begin, end = time.fromisoformat(wishes.quiet_hours_start), time.fromisoformat(wishes.quiet_hours_end)
    clock = here.time()
    over_midnight = begin > end
    if not (begin <= clock or clock < end if over_midnight else begin <= clock < end):
        return None
    day = here.date() + timedelta(days=1 if over_midnight and clock >= begin else 0)
    until = datetime.combine(day, end, zone).astimezone(at.tzinfo)
    return until if until > at else at


def _clock(value: str) -> str:
    if value and not CLOCK.fullmatch(value):
        raise Invalid(f"{value[:20]!r} is no time of day. Write it as HH:MM, such as 22:00.", code="bad_time")
    return value


def _zone(value: str) -> str:
    if value not in ZONES:
        raise Invalid(
            f"There is no time zone {value[:60]!r}. Take a name such as Europe/Berlin or UTC.", code="bad_time_zone"
        )
    return value


def _types(value: list[str]) -> list[str]:
    _few(value, "types of events")
    if any(not one.strip() for one in value):
        raise Invalid("A type of event is empty. Name types such as bead.created, or none at all for every event.")
    return sorted(named(",".join(value)) or ())


def _projects(value: list[str]) -> list[str]:
    _few(value, "projects")
    return sorted(set(value))


def _few(value: list[str], what: str) -> None:
    if len(value) > MOST:
        raise Invalid(f"These are {len(value)} {what}; at most {MOST} can be chosen. Leave it empty for all.")


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "quiet_hours_start": _clock, "quiet_hours_end": _clock, "time_zone": _zone, "subscribed_events": _types,
    "project_filters": _projects, "min_priority": lambda value: str(Priority(value)),
    "digest_mode": lambda value: str(Digest(value)),
}  # fmt: skip
