"""Which unfinished beads keep most others from being started."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.graph import BLOCKING_BY_TARGET
from loom_app.beads.tables import BEADS, LINKS, UNFINISHED, chunks, unfinished
from loom_app.kernel.actor import Actor

SHOWN = ("id", "title", "project_id", "status", "assigned_to", "created_at")
LOOKED_AT = 200
"""How many of those waited for most are looked at first; what holds nobody up, being done, is among them."""
FURTHER = 20


async def holding_most(tx: AsyncSession, actor: Actor, limit: int) -> list[tuple[Any, int]]:
    """The unfinished beads for which most blocked ones wait directly, and how many do, most first.

    Rows of SHOWN. Only beads that `actor` sees are named and counted.
    """
    restricted = actor.projects is not None
    given = {"projects": sorted(actor.projects or ())} if restricted else {}
    looked_at = LOOKED_AT
    while True:
        counted = (await tx.execute(_waited_for(restricted=restricted), {**given, "most": looked_at})).all()
        found = await _in_the_way(tx, counted, given)
        if len(found) >= limit or len(counted) < looked_at:
            return found[:limit]
        looked_at *= FURTHER


async def _in_the_way(tx: AsyncSession, counted: Sequence[Any], given: dict[str, list[str]]) -> list[tuple[Any, int]]:
    known: dict[str, Any] = {}
    for chunk in chunks(row.depends_on_id for row in counted):
        rows = await tx.execute(_unfinished(restricted="projects" in given), {**given, "ids": chunk})
        known |= {row.id: row for row in rows}
    return [(known[row.depends_on_id], row.waiting) for row in counted if row.depends_on_id in known]


@cache
def _waited_for(*, restricted: bool) -> Select[Any]:
    """What blocked beads depend on, with how many they are. It begins at these: an index knows them."""
    blocked = select(BEADS.c.id).where(BEADS.c.status.in_(UNFINISHED), BEADS.c.is_blocked.is_(True))
    if restricted:
        blocked = blocked.where(_seen())
    waiting = func.count().label("waiting")
    return (
        select(LINKS.c.depends_on_id, waiting)
        .where(LINKS.c.bead_id.in_(blocked), LINKS.c.type.in_(BLOCKING_BY_TARGET))
        .group_by(LINKS.c.depends_on_id)
        .order_by(waiting.desc(), LINKS.c.depends_on_id)
        .limit(bindparam("most"))
    )


@cache
def _unfinished(*, restricted: bool) -> Select[Any]:
    named = select(*(BEADS.c[name] for name in SHOWN)).where(BEADS.c.id.in_(bindparam("ids", expanding=True)))
    return named.where(unfinished(BEADS), *([_seen()] if restricted else []))


def _seen() -> Any:
    return BEADS.c.project_id.in_(bindparam("projects", expanding=True))
