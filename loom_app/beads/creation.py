"""Making a bead."""

import re
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import new_id, repository
from loom_app.beads.dependencies import connect, require
from loom_app.beads.editing import check_milestone
from loom_app.beads.graph import BLOCKS, PARENT_CHILD, Edge
from loom_app.beads.history import changing, made
from loom_app.beads.lookup import touch_others
from loom_app.beads.models import Bead
from loom_app.beads.relations import RELATED
from loom_app.beads.schemas import BEAD_ID, BeadCreate
from loom_app.beads.settling import at_once
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Invalid, Unavailable
from loom_app.kernel.faults import in_words
from loom_app.projects import service as projects

RELATION_FIELDS = frozenset({"parent", "blocked_by", "blocks", "children", "related_to"})


def draft(**fields: Any) -> BeadCreate:
    """A bead to be made, from fields nobody has checked. Raises Invalid naming every field that is wrong."""
    try:
        return BeadCreate(**fields)
    except ValidationError as error:
        raise Invalid(f"The bead cannot be made. {in_words(error)}.", code="bad_bead") from error


async def create(tx: AsyncSession, wanted: BeadCreate, *, actor: Actor, bead_id: str = "") -> Bead:
    """A new open bead with its dependencies; it gets an id unless `bead_id` is what it shall have.

    Raises NotFound for an unknown project, Invalid for an unknown neighbour, Conflict for a cycle, a taken id or a
    closed project.
    """
    project = await projects.get_open(tx, wanted.project_id, actor=actor)
    if wanted.milestone_id:
        await check_milestone(tx, wanted.milestone_id, project.id)
    async with changing(tx, actor):
        bead = await _added(tx, await _checked(tx, bead_id), project.bead_prefix, wanted, actor)
        async with at_once(tx, actor):
            await _connect_all(tx, bead.id, wanted, actor)
    near = await repository.of_project(tx, [*wanted.blocked_by, wanted.parent or ""], bead.project_id)
    data = {
        "title": bead.title, "type": bead.type, "status": bead.status, "priority": bead.priority,
        "assigned_to": bead.assigned_to, "parent": wanted.parent if wanted.parent in near else None,
        "blocked_by": [other for other in wanted.blocked_by if other in near],
    }  # fmt: skip
    append(tx, "bead.created", actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)
    return bead


async def _checked(tx: AsyncSession, bead_id: str) -> str:
    """`bead_id` if a new bead can have it. Raises Invalid and Conflict."""
    if bead_id and not re.fullmatch(BEAD_ID, bead_id):
        raise Invalid(f"{bead_id[:60]!r} is no id: at most 200 characters without blanks and slashes.", code="bad_id")
    if bead_id and await repository.known_ids(tx, [bead_id]):
        raise Conflict(f"The id {bead_id} is taken; choose another.", code="id_taken")
    return bead_id


async def _added(tx: AsyncSession, bead_id: str, prefix: str, wanted: BeadCreate, actor: Actor) -> Bead:
    moment = now()
    bead = Bead(
        **wanted.model_dump(exclude=set(RELATION_FIELDS)),
        id=bead_id or await _free_id(tx, prefix, wanted, actor, moment),
        created_by=actor.name,
        created_at=moment,
        updated_at=moment,
    )
    tx.add(bead)
    await tx.flush()
    made(tx, bead)
    return bead


async def _free_id(tx: AsyncSession, prefix: str, wanted: BeadCreate, actor: Actor, moment: datetime) -> str:
    tries = list(
        new_id.candidates(
            prefix,
            await repository.count(tx, wanted.project_id),
            title=wanted.title,
            description=wanted.description,
            creator=actor.name,
            moment=moment,
        )
    )
    taken = await repository.known_ids(tx, tries)
    for bead_id in tries:
        if bead_id not in taken:
            return bead_id
    raise Unavailable("No free bead id was found just now. Try again.", code="no_free_id")


async def _connect_all(tx: AsyncSession, bead_id: str, wanted: BeadCreate, actor: Actor) -> None:
    edges = [Edge(bead_id, target, BLOCKS) for target in wanted.blocked_by]
    edges += [Edge(waiting, bead_id, BLOCKS) for waiting in wanted.blocks]
    edges += [Edge(child, bead_id, PARENT_CHILD) for child in wanted.children]
    edges += [Edge(bead_id, parent, PARENT_CHILD) for parent in [wanted.parent] if parent]
    edges += [Edge(bead_id, other, RELATED) for other in wanted.related_to]
    await require(tx, (end for edge in edges for end in (edge.bead_id, edge.depends_on_id)), actor)
    for edge in edges:
        await connect(tx, edge, actor)
    await touch_others(tx, (*wanted.blocks, *wanted.children))
