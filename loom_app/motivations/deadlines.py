"""Deadlines that come near or go by: those of milestones, and of projects as a whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.clock import rfc3339
from loom_app.motivations import repository
from loom_app.motivations.calendar import approaches, days_left, enters
from loom_app.motivations.models import Condition, Motivation
from loom_app.motivations.parameters import DaysAhead, Overdue
from loom_app.motivations.scene import Finding, Place, Scene

LONG_OVER = timedelta(days=30)
"""What went by longer ago is old news."""
FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Deadline:
    """A date something is to be reached by."""

    id: str
    kind: str
    type: str
    name: str
    due: datetime

    @property
    def cause(self) -> str:
        """What stands for it as long as its date stays."""
        return f"{self.kind}:{self.id}@{self.due:%Y-%m-%d}"


async def near(tx: AsyncSession, scene: Scene) -> list[Finding]:
    """Every deadline that is near or has gone by, as each motivation wants it."""
    wanted = scene.of(Condition.DEADLINE_APPROACH, Condition.DEADLINE_PASSED)
    if not wanted:
        return []
    known = await _known(tx, scene)
    return [
        finding
        for motivation in wanted
        for place in scene.where(motivation)
        for finding in _of(scene, motivation, place, known.get(place.id, []))
    ]


async def _known(tx: AsyncSession, scene: Scene) -> dict[str, list[Deadline]]:
    found: dict[str, list[Deadline]] = {}
    for row in await repository.deadlines(tx, scene.moment - LONG_OVER, scene.moment + FURTHEST):
        found.setdefault(row.project_id, []).append(Deadline(row.id, "milestone", row.type, row.name, row.due_date))
    for place in scene.places.values():
        if place.due_date and place.due_date > scene.moment - LONG_OVER:
            found.setdefault(place.id, []).append(Deadline(place.id, "project", "", place.name, place.due_date))
    return found


def _of(scene: Scene, motivation: Motivation, place: Place, known: Sequence[Deadline]) -> Iterator[Finding]:
    given = scene.given(motivation)
    assert isinstance(given, DaysAhead | Overdue)
    meant = [one for one in known if given.milestone_type in (None, one.type)]
    holding = [one for one in meant if _holds(given, one, scene.moment)]
    yield from (_finding(scene, motivation, place, one) for one in holding)
    if scene.explain and not holding:
        ahead = [_from(given, one) for one in meant if one.due > scene.moment]
        yield Finding(
            motivation, place, "", f"no deadline {_wanted(given)}", holds=False, next_at=min(ahead, default=None)
        )


def _holds(given: DaysAhead | Overdue, one: Deadline, moment: datetime) -> bool:
    return approaches(one.due, moment, given.days_threshold) if isinstance(given, DaysAhead) else one.due <= moment


def _from(given: DaysAhead | Overdue, one: Deadline) -> datetime:
    return enters(one.due, given.days_threshold) if isinstance(given, DaysAhead) else one.due


def _wanted(given: DaysAhead | Overdue) -> str:
    if isinstance(given, Overdue):
        return "went by in the last 30 days without being reached"
    return f"is {given.days_threshold} days off or less"


def _finding(scene: Scene, motivation: Motivation, place: Place, one: Deadline) -> Finding:
    left = days_left(one.due, scene.moment)
    when = "overdue" if one.due <= scene.moment else ("today", "tomorrow")[left] if left < 2 else f"in {left} days"
    evidence = {
        one.kind: one.id, "name": one.name, "type": one.type, "due_date": rfc3339(one.due), "days_left": left,
    }  # fmt: skip
    what = f"{one.name} ({when}, {one.due:%Y-%m-%d})"
    return Finding(motivation, place, one.cause, what, evidence, about=one.id)
