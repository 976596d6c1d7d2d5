"""Beads under a bead: how far they have come, which they are, and what keeps an epic from being closed."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, cast, func, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.graph import PARENT_CHILD
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.beads.tables import BEADS, LINKS, UNFINISHED, ids_of, ids_parameter, unfinished, unindexed
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.errors import Conflict

EPIC = "epic"
MOST_NAMED = 20
"""How many children a sentence names."""


async def progress(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor) -> dict[str, dict[str, int]]:
    """For each of `bead_ids` how many beads under it, at any depth, there are and how many stand where.

    Deleted ones do not count, nor those `actor` does not see and what is under these.
    """
    found = {bead_id: nothing_under() for bead_id in bead_ids}
    if found:
        given = ids_parameter(found) | ({} if actor.projects is None else {"projects": sorted(actor.projects)})
        query = _progress(tx.get_bind().dialect.name, restricted=actor.projects is not None)
        for row in await tx.execute(query, given):
            counts = found[row.epic]
            counts["total"] += row.many
            if row.status in counts:
                counts[row.status] += row.many
    return found


async def under_way(tx: AsyncSession, actor: Actor, limit: int) -> list[tuple[Any, dict[str, int]]]:
    """The most urgent, oldest unfinished epics with children: rows of id and title, and how far each has come."""
    given = {} if actor.projects is None else {"projects": sorted(actor.projects)}
    rows = (await tx.execute(_under_way(restricted=actor.projects is not None), {**given, "most": limit})).all()
    found = await progress(tx, (row.id for row in rows), actor)
    return [(row, found[row.id]) for row in rows if found[row.id]["total"]]


def nothing_under() -> dict[str, int]:
    """The progress of a bead without children."""
    return {"done": 0, "total": 0, "in_progress": 0, "blocked": 0}


@cache
def beneath(parameter: str, *, restricted: bool) -> Select[Any]:
    """The ids of all that is under the bead that `parameter` names.

    `restricted` to the projects of the parameter `projects`.
    """
    root = select(BEADS.c.id.label("epic"), BEADS.c.id.label("id"))
    root = root.where(BEADS.c.id == bindparam(parameter, type_=String), _seen(BEADS, restricted=restricted))
    family = _family(root, parameter, restricted=restricted)
    return select(family.c.id).where(family.c.id != family.c.epic)


async def check_closable(tx: AsyncSession, bead: Bead, actor: Actor = SYSTEM) -> None:
    """Raises Conflict (code `open_children`) for an epic with children, as far as `actor` sees, that are not done."""
    if bead.type != EPIC or bead.status == BeadStatus.DONE:
        return
    child = select(BEADS.c.id, BEADS.c.project_id).join(LINKS, LINKS.c.bead_id == BEADS.c.id)
    waiting = child.where(LINKS.c.depends_on_id == bead.id, LINKS.c.type == PARENT_CHILD, unfinished(BEADS))
    left = [row.id for row in await tx.execute(waiting.order_by(BEADS.c.id)) if actor.sees(row.project_id)]
    if left:
        more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
        raise Conflict(
            f"{bead.id} is an epic and not all of its children are done: {', '.join(left[:MOST_NAMED])}{more}. "
            "Finish them first, or close it all the same with force.",
            code="open_children",
            children=left,
        )


@cache
def _under_way(*, restricted: bool) -> Select[Any]:
    child = select(1).where(LINKS.c.depends_on_id == BEADS.c.id, LINKS.c.type == PARENT_CHILD).exists()
    epic = (BEADS.c.type == literal_column(f"'{EPIC}'", String), BEADS.c.status.in_(UNFINISHED))
    query = select(BEADS.c.id, BEADS.c.title).where(*epic, child)
    if restricted:
        query = query.where(unindexed(BEADS.c.project_id).in_(bindparam("projects", expanding=True)))
    return query.order_by(BEADS.c.priority, BEADS.c.created_at, BEADS.c.id).limit(bindparam("most"))


@cache
def _progress(dialect: str, *, restricted: bool) -> Select[Any]:
    wanted = cast(next(iter(ids_of(dialect).subquery().c)), String)
    family = _family(select(wanted.label("epic"), wanted.label("id")), "epics", restricted=restricted)
    query = select(family.c.epic, BEADS.c.status, func.count().label("many")).join(BEADS, BEADS.c.id == family.c.id)
    return query.where(family.c.id != family.c.epic).group_by(family.c.epic, BEADS.c.status)


def _family(root: Select[*tuple[Any, ...]], name: str, *, restricted: bool) -> Any:
    """`root` (epic, id) and all that is under it; finite also where parents go round in a circle."""
    family = root.cte(f"under_{name}", recursive=True)
    link, child = LINKS.alias(), BEADS.alias()
    return family.union(
        select(family.c.epic, child.c.id)
        .join(link, and_(link.c.depends_on_id == family.c.id, link.c.type == PARENT_CHILD))
        .join(child, child.c.id == link.c.bead_id)
        .where(child.c.source_status != TOMBSTONE, _seen(child, restricted=restricted))
    )


def _seen(bead: Any, *, restricted: bool) -> ColumnElement[bool]:
    if not restricted:
        return true()
    seen: ColumnElement[bool] = bead.c.project_id.in_(bindparam("projects", expanding=True))
    return seen
