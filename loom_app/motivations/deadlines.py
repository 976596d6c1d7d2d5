"""Deadlines that come near or go by: those of milestones, and of projects as a whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.clock import rfc3339
from loom_app.motivations import repository
from loom_app.motivations.calendar import days_left, enters
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
    left: int
    """How many days are left."""
    over: bool

    @cached_property
    def cause(self) -> str:
        """What stands for it as long as its date stays."""
        return f"{self.kind}:{self.id}@{self.due:%Y-%m-%d}"

    @cached_property
    def what(self) -> str:
        """What it is and when, as the end of a sentence."""
        near = ("today", "tomorrow")[self.left] if 0 <= self.left < 2 else f"in {self.left} days"
        return f"{self.name} ({'overdue' if self.over else near}, {self.due:%Y-%m-%d})"

    @cached_property
    def evidence(self) -> dict[str, Any]:
        """What is known of it."""
        told = {"name": self.name, "type": self.type, "due_date": rfc3339(self.due), "days_left": self.left}
        return {self.kind: self.id, **told}


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
    since, until = scene.moment - LONG_OVER, scene.moment + FURTHEST
    rows = [
        (row.project_id, "milestone", row.id, row.type, row.name, row.due_date)
        for row in await repository.deadlines(tx, since, until)
    ]
    rows += [
        (place.id, "project", place.id, "", place.name, place.due_date)
        for place in scene.places.values()
        if place.due_date and since < place.due_date <= until
    ]
    for project_id, kind, id_, type_, name, due in rows:
        one = Deadline(id_, kind, type_, name, due, days_left(due, scene.moment), due <= scene.moment)
        found.setdefault(project_id, []).append(one)
    return found


def _of(scene: Scene, motivation: Motivation, place: Place, known: Sequence[Deadline]) -> Iterator[Finding]:
    given = scene.given(motivation)
    assert isinstance(given, DaysAhead | Overdue)
    meant = [one for one in known if given.milestone_type in (None, one.type)]
    holding = [one for one in meant if _holds(given, one)]
    for one in holding:
        yield Finding(motivation, place, one.cause, one.what, one.evidence, about=one.id)
    if scene.explain and not holding:
        ahead = [_from(given, one) for one in meant if not one.over]
        yield Finding(
            motivation, place, "", f"no deadline {_wanted(given)}", holds=False, next_at=min(ahead, default=None)
        )


def _holds(given: DaysAhead | Overdue, one: Deadline) -> bool:
    return not one.over and one.left <= given.days_threshold if isinstance(given, DaysAhead) else one.over


def _from(given: DaysAhead | Overdue, one: Deadline) -> datetime:
    return enters(one.due, given.days_threshold) if isinstance(given, DaysAhead) else one.due


def _wanted(given: DaysAhead | Overdue) -> str:
    if isinstance(given, Overdue):
        return "went by in the last 30 days without being reached"
    return f"is {given.days_threshold} days off or less"
