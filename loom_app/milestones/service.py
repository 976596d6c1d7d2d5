"""The rules of milestones."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.beads.schemas import BeadChange
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.kernel.ids import new_id
from loom_app.milestones import repository
from loom_app.milestones.models import AHEAD, Milestone, MilestoneStatus
from loom_app.milestones.order import way
from loom_app.milestones.schemas import MOST_BEADS, MilestoneChange, MilestoneDraft
from loom_app.projects import service as projects

MOST = 500
"""How many milestones a project has."""
LISTS = ("bead_ids", "depends_on")
MAY_BE_EMPTY = ("due_date", "start_date", "parent_id")


async def get(tx: AsyncSession, milestone_id: str, *, actor: Actor = SYSTEM) -> Milestone:
    """The milestone, if `actor` sees its project. Raises NotFound."""
    found = await repository.get(tx, milestone_id)
    if found is None or not actor.sees(found.project_id):
        raise NotFound(
            f"There is no milestone {milestone_id[:100]!r}. GET /api/v1/projects/{{project_id}}/milestones lists them.",
            code="milestone_not_found",
        )
    return found


async def create(tx: AsyncSession, project_id: str, draft: MilestoneDraft, *, actor: Actor) -> Milestone:
    """A new milestone with its beads. Raises NotFound, Invalid for what is not of the project, Conflict."""
    await projects.get_open(tx, project_id, actor=actor)
    if await repository.count(tx, project_id) >= MOST:
        raise Conflict(f"The project {project_id!r} has {MOST} milestones, and takes no more.", code="too_many")
    given = draft.model_dump()
    lists = {name: given.pop(name) for name in LISTS}
    made = Milestone(**given, id=new_id("ms"), project_id=project_id)
    _check_dates(made.start_date, made.due_date)
    made.completed_at = now() if made.status == MilestoneStatus.COMPLETE else None
    await _check_parent(tx, made, made.parent_id)
    tx.add(made)
    await tx.flush()
    await _set_lists(tx, made, lists, actor)
    _tell(tx, "milestone.created", made, actor, status=made.status, due_date=_shown(made.due_date))
    return made


async def update(tx: AsyncSession, milestone_id: str, change: MilestoneChange, *, actor: Actor) -> Milestone:
    """The milestone with `change` applied. A missed one whose date moves ahead is under way again.

    Raises NotFound, Invalid for what is not of the project or dates in the wrong order, Conflict for a cycle.
    """
    found = await get(tx, milestone_id, actor=actor)
    given = change.model_dump(exclude_unset=True)
    lists = {name: given.pop(name) for name in LISTS if given.get(name) is not None}
    given = {name: value for name, value in given.items() if value is not None or name in MAY_BE_EMPTY}
    fields = {name: value for name, value in given.items() if name not in LISTS and getattr(found, name) != value}
    _check_dates(fields.get("start_date", found.start_date), fields.get("due_date", found.due_date))
    if fields.get("parent_id"):
        await _check_parent(tx, found, fields["parent_id"])
    fields |= _followed(found, fields)
    changed = await _set_lists(tx, found, lists, actor)
    if fields or changed:
        for name, value in fields.items():
            setattr(found, name, value)
        found.updated_at = now()
        told = {name: _shown(value) for name, value in fields.items()} | changed
        _tell(tx, "milestone.updated", found, actor, fields=told)
    return found


async def delete(tx: AsyncSession, milestone_id: str, *, actor: Actor) -> None:
    """Removes a milestone; its beads stay and count towards none. Raises NotFound."""
    found = await get(tx, milestone_id, actor=actor)
    own = [bead_id for bead_id, _ in (await repository.bead_ids(tx, found.project_id)).get(found.id, [])]
    await _move(tx, own, None, actor)
    await tx.delete(found)
    await tx.flush()
    _tell(tx, "milestone.deleted", found, actor)


async def note_missed(db: Database) -> list[str]:
    """Marks what was due and is not reached as missed. Answers the ids; no transaction when there are none."""
    async with db.read() as tx:
        late = await repository.overdue(tx, now())
    if not late:
        return []
    async with db.write() as tx:
        late = await repository.overdue(tx, now())
        for milestone_id in late:
            found = await get(tx, milestone_id)
            found.status, found.updated_at = MilestoneStatus.MISSED, now()
            _tell(tx, "milestone.missed", found, SYSTEM, due_date=_shown(found.due_date))
    return list(late)


def _followed(found: Milestone, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from changed fields: when it was reached, and that a later date gives it another chance."""
    due, status = fields.get("due_date", found.due_date), fields.get("status")
    if status is None and found.status == MilestoneStatus.MISSED and (due is None or due > now()):
        return {"status": MilestoneStatus.IN_PROGRESS} if "due_date" in fields else {}
    if status is None:
        return {}
    return {"completed_at": now() if status == MilestoneStatus.COMPLETE else None}


async def _set_lists(
    tx: AsyncSession, found: Milestone, lists: Mapping[str, Sequence[str]], actor: Actor
) -> dict[str, Any]:
    """Makes beads and dependencies what is listed; answers those lists that differed."""
    changed: dict[str, Any] = {}
    if "depends_on" in lists:
        known = await repository.dependencies(tx, found.project_id)
        if set(lists["depends_on"]) != set(known.get(found.id, [])):
            await _check_dependencies(tx, found, lists["depends_on"], known)
            await repository.set_dependencies(tx, found.id, lists["depends_on"])
            changed["depends_on"] = list(lists["depends_on"])
    if "bead_ids" in lists:
        own = {bead_id for bead_id, _ in (await repository.bead_ids(tx, found.project_id)).get(found.id, [])}
        wanted = set(lists["bead_ids"])
        await _move(tx, sorted(own - wanted), None, actor)
        await _move(tx, sorted(wanted - own), found.id, actor)
        if own != wanted:
            changed["bead_ids"] = sorted(wanted)[:MOST_BEADS]
    return changed


async def _move(tx: AsyncSession, bead_ids: Iterable[str], milestone_id: str | None, actor: Actor) -> None:
    async with beads.changing(tx, actor):
        for bead_id in bead_ids:
            await beads.update(tx, bead_id, BeadChange(milestone_id=milestone_id), actor=actor)


async def _check_dependencies(
    tx: AsyncSession, found: Milestone, wanted: Sequence[str], known: Mapping[str, Sequence[str]]
) -> None:
    names = {one.id: one.name for one in await repository.of_project(tx, found.project_id)}
    for other in wanted:
        if other not in names:
            raise _elsewhere(found, other)
        path = way(known, other, found.id)
        if path:
            steps = " → ".join(names[step] for step in [found.id, *path])
            raise Conflict(f"These milestones would wait for each other: {steps}.", code="milestone_cycle", path=path)


async def _check_parent(tx: AsyncSession, found: Milestone, parent_id: str | None) -> None:
    if parent_id is None:
        return
    every = {one.id: one for one in await repository.of_project(tx, found.project_id)}
    if parent_id not in every:
        raise _elsewhere(found, parent_id)
    above = {one.id: [one.parent_id] for one in every.values() if one.parent_id}
    path = way(above, parent_id, found.id)
    if path:
        steps = " → ".join(every[step].name for step in [found.id, *path])
        raise Conflict(f"A milestone cannot be a part of itself: {steps}.", code="milestone_cycle", path=path)


def _elsewhere(found: Milestone, other: str) -> Invalid:
    return Invalid(f"The project {found.project_id!r} has no milestone {other!r}.", code="unknown_milestone")


def _check_dates(start: datetime | None, due: datetime | None) -> None:
    if start is not None and due is not None and start > due:
        raise Invalid(
            f"It would start ({rfc3339(start)}) after it is due ({rfc3339(due)}). Change one of the two dates.",
            code="dates_reversed",
        )


def _shown(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, datetime) else value


def _tell(tx: AsyncSession, type_: str, found: Milestone, actor: Actor, /, **more: Any) -> None:
    data = {"name": found.name, **more}
    append(tx, type_, actor=actor, project_id=found.project_id, subject_id=found.id, data=data)


__all__ = ["AHEAD", "create", "delete", "get", "note_missed", "update"]
