"""Changing a bead: only what differs, with every changed field in the event."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import repository, wip
from loom_app.beads.closing import check_closable, close_below, closes, take_below
from loom_app.beads.dependencies import connect, disconnect, hold_graph, require
from loom_app.beads.graph import BLOCKS, PARENT_CHILD, WAITING_TYPES, Edge
from loom_app.beads.history import changing, watched
from loom_app.beads.lookup import get_to_change, refuse_if_held, touch, touch_others
from loom_app.beads.models import Bead, BeadStatus, Dependency
from loom_app.beads.moves import set_status, tell_assignment
from loom_app.beads.relations import MUTUAL_TYPES, RELATED, relations
from loom_app.beads.schemas import BeadChange
from loom_app.beads.settling import at_once
from loom_app.beads.statuses import placed
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.projects import service as projects

EMPTY: dict[str, Any] = {
    "tags": [],
    "context": {},
    "due_date": None,
    "defer_until": None,
    "estimated_time": None,
    "milestone_id": None,
}
"""What null in a change means for columns other than texts."""
RELATION_FIELDS = ("parent", "blocked_by", "blocks", "children", "related_to")
NOT_COLUMNS = frozenset({*RELATION_FIELDS, "status", "reason", "force", "close_children", "expected_updated_at"})
LONGEST_TOLD = 200
"""Longer texts are cut in events; the bead itself has them whole."""


async def update(tx: AsyncSession, bead_id: str, change: BeadChange, *, actor: Actor) -> Bead:
    """The bead with `change` applied. What is the same already is left alone and not told.

    Raises NotFound, Invalid for an unknown neighbour or status, and Conflict when the bead has changed since the
    client saw it, for a cycle, for a move the table of transitions does not have, while it is held elsewhere, and
    without `force` for an epic that would be closed before its children.
    """
    if change.status and actor.is_person and watched(tx, bead_id) is None:
        await wip.wait_turn(tx, bead_id, placed(change.status)[0])
    if not change.model_fields_set.isdisjoint(RELATION_FIELDS):
        await hold_graph(tx)
    async with changing(tx, actor, change.reason):
        below = await take_below(tx, [bead_id], change, actor)
        bead = await get_to_change(tx, bead_id, actor)
        _unchanged_since(bead, change.expected_updated_at)
        given = change.model_dump(exclude_unset=True)
        was = bead.assigned_to
        told = await _set_columns(
            tx, bead, {name: value for name, value in given.items() if name not in NOT_COLUMNS}, actor
        )
        told |= await _set_relations(tx, bead, {name: given[name] for name in RELATION_FIELDS if name in given}, actor)
        if told:
            touch(bead)
            await tell_update(tx, bead, told, actor)
        if bead.assigned_to != was:
            tell_assignment(tx, bead, was, actor)
        if change.status:
            await close_below(tx, below, change.reason, actor)
            if closes(change) and not change.force:
                await check_closable(tx, bead, actor)
            await set_status(tx, bead_id, change.status, actor=actor, reason=change.reason)
        return bead


async def keep_in_context(tx: AsyncSession, bead: Bead, name: str, value: Any, *, actor: Actor) -> None:
    """Puts a value into the context of a bead, where its next run reads it."""
    async with changing(tx, actor):
        bead = await get_to_change(tx, bead.id, SYSTEM)
        bead.context = {**bead.context, name: value}


async def tell_update(tx: AsyncSession, bead: Bead, told: dict[str, Any], actor: Actor) -> None:
    """Appends the change; no project's log names beads of another. A bead that moves is told of in both logs."""
    lists = {name: told[name] for name in RELATION_FIELDS if name in told}
    named = [one for ends in lists.values() for ids in ends.values() for one in ids]
    near = await repository.of_project(tx, named, bead.project_id)
    changes = told | {
        name: {end: [one for one in ids if one in near] for end, ids in ends.items()} for name, ends in lists.items()
    }
    if "project_id" in told:
        left, title = told["project_id"]["from"], told.get("title", {}).get("from", bead.title)
        _append(tx, bead.id, left, title, {"project_id": {"from": left}}, actor)
        changes["project_id"] = {"to": bead.project_id}
    _append(tx, bead.id, bead.project_id, bead.title, changes, actor)


def _append(tx: AsyncSession, bead_id: str, project_id: str, title: str, changes: dict[str, Any], actor: Actor) -> None:
    data = {"title": title, "fields": sorted(changes), "changes": changes}
    append(tx, "bead.updated", actor=actor, project_id=project_id, subject_id=bead_id, data=data)


def _unchanged_since(bead: Bead, seen: datetime | None) -> None:
    if seen is not None and seen != bead.updated_at:
        changed = rfc3339(bead.updated_at)
        raise Conflict(
            f"{bead.id} was changed at {changed}, after you read it. Read it again and repeat your change.",
            code="bead_changed",
            updated_at=changed,
        )


async def _set_columns(tx: AsyncSession, bead: Bead, given: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Applies plain fields; answers {field: {from, to}} of those that differed."""
    wanted = {name: EMPTY.get(name, "") if value is None else value for name, value in given.items()}
    differing = {name: value for name, value in wanted.items() if getattr(bead, name) != value}
    if "project_id" in differing:
        await may_move_to(tx, bead, differing["project_id"], actor)
        differing = {"milestone_id": None} | differing if bead.milestone_id else differing
    if differing.get("milestone_id"):
        await check_milestone(tx, differing["milestone_id"], differing.get("project_id", bead.project_id))
    if "assigned_to" in differing:
        bead.assigned_before = None
    told = {name: {"from": cut(getattr(bead, name)), "to": cut(value)} for name, value in differing.items()}
    for name, value in differing.items():
        setattr(bead, name, value)
    return told


async def check_milestone(tx: AsyncSession, milestone_id: str, project_id: str) -> None:
    """Raises Invalid for a milestone that the project does not have."""
    if not await repository.has_milestone(tx, project_id, milestone_id):
        raise Invalid(
            f"The project {project_id!r} has no milestone {milestone_id[:100]!r}. "
            f"GET /api/v1/projects/{project_id}/milestones lists them.",
            code="unknown_milestone",
        )


def cut(value: Any) -> Any:
    """A value of a field as events tell it."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, str) and len(value) > LONGEST_TOLD:
        return value[:LONGEST_TOLD] + "…"
    return value


async def may_move_to(tx: AsyncSession, bead: Bead, project_id: str, actor: Actor) -> None:
    """Raises NotFound for a project that `actor` does not see, Conflict for a closed one and while the bead is held."""
    await projects.get_open(tx, project_id, actor=actor)
    await refuse_if_held(tx, [bead.id], "change its project")
    if actor.is_person:
        await wip.admit(tx, project_id, BeadStatus(bead.status))


async def _set_relations(tx: AsyncSession, bead: Bead, given: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Makes the named lists what was given: first what falls away, then what is new."""
    if not given:
        return {}
    links = await repository.links(tx, [bead.id], actor)
    present = relations([bead.id], links)[bead.id]
    now_listed = {
        "parent": present.parents, "blocked_by": present.blocked_by, "blocks": present.blocks,
        "children": present.children, "related_to": present.related_to,
    }  # fmt: skip
    wanted = {name: [value] if isinstance(value, str) else value or [] for name, value in given.items()}
    told = {
        name: {"from": now_listed[name], "to": ids} for name, ids in wanted.items() if set(ids) != set(now_listed[name])
    }
    gone = [(name, other) for name in told for other in now_listed[name] if other not in wanted[name]]
    new = [(name, other) for name in told for other in wanted[name] if other not in now_listed[name]]
    await require(tx, (other for _, other in new), actor)
    async with at_once(tx, actor):
        await _cut(tx, bead.id, gone, links, actor)
        for name, other in new:
            await connect(tx, _edge(name, bead.id, other), actor)
    await touch_others(tx, (other for name, other in gone + new if name in ("blocks", "children")))
    return told


async def _cut(tx: AsyncSession, bead_id: str, gone: list[tuple[str, str]], links: list[Any], actor: Actor) -> None:
    """Removes the dependencies behind the entries `gone` of a bead's lists."""
    for link in links:
        own = link.bead_id == bead_id
        other = link.depends_on_id if own else link.bead_id
        if (_listed_as(link.type, own=own), other) in gone:
            found = await tx.get(Dependency, (link.bead_id, link.depends_on_id))
            if found is not None:
                await disconnect(tx, found, actor)


def _listed_as(type_: str, *, own: bool) -> str:
    if type_ in WAITING_TYPES:
        return "blocked_by" if own else "blocks"
    if type_ == PARENT_CHILD:
        return "parent" if own else "children"
    return "related_to" if own or type_ in MUTUAL_TYPES else ""


def _edge(name: str, bead_id: str, other: str) -> Edge:
    """The dependency that puts `other` on the list `name` of `bead_id`."""
    if name in ("blocks", "children"):
        return Edge(other, bead_id, BLOCKS if name == "blocks" else PARENT_CHILD)
    return Edge(bead_id, other, {"parent": PARENT_CHILD, "blocked_by": BLOCKS}.get(name, RELATED))
