"""Beads under a bead: how far they have come and which they are."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, cast, func, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.graph import PARENT_CHILD
from loom_app.beads.models import TOMBSTONE
from loom_app.beads.tables import BEADS, LINKS, UNFINISHED, ids_of, ids_parameter, unfinished, unindexed
from loom_app.kernel.actor import Actor

EPIC = "epic"


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


async def open_below(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor) -> list[str]:
    """The ids of all unfinished beads under any of `bead_ids`, as far as `actor` sees them; not of these themselves."""
    wanted = frozenset(bead_ids)
    given = ids_parameter(wanted) | ({} if actor.projects is None else {"projects": sorted(actor.projects)})
    query = _open_below(tx.get_bind().dialect.name, restricted=actor.projects is not None)
    return [bead_id for bead_id in (await tx.execute(query, given)).scalars() if bead_id not in wanted]


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
    family = _families(dialect, restricted=restricted)
    query = select(family.c.epic, BEADS.c.status, func.count().label("many")).join(BEADS, BEADS.c.id == family.c.id)
    return query.where(family.c.id != family.c.epic).group_by(family.c.epic, BEADS.c.status)


@cache
def _open_below(dialect: str, *, restricted: bool) -> Select[Any]:
    family = _families(dialect, restricted=restricted)
    found = select(BEADS.c.id).join(family, family.c.id == BEADS.c.id).where(unfinished(BEADS))
    return found.distinct().order_by(BEADS.c.id)


def _families(dialect: str, *, restricted: bool) -> Any:
    """The beads of `ids_parameter`, each with all that is under it."""
    wanted = cast(next(iter(ids_of(dialect).subquery().c)), String)
    return _family(select(wanted.label("epic"), wanted.label("id")), "epics", restricted=restricted)


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
