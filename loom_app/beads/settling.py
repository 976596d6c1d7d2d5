"""Which beads are blocked, kept right through every change of what they wait for, and whom a change sets free."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from sqlalchemy import CTE, Select, String, and_, bindparam, cast, not_, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.graph import BLOCKING_BY_TARGET, PARENT_CHILD, WAITS_FOR, is_over
from loom_app.beads.ready import all_blocked, blocked_among
from loom_app.beads.tables import BEADS, LINKS, chunks, ids_of, ids_parameter, unfinished
from loom_app.events.service import append
from loom_app.kernel.actor import Actor

TOUCHED = "loom_touched_beads"
MANY = 2_000
"""From how many changed beads on all are worked out anew, in one statement."""
TURN = update(BEADS).values(is_blocked=not_(BEADS.c.is_blocked))


@asynccontextmanager
async def at_once(tx: AsyncSession, actor: Actor) -> AsyncIterator[None]:
    """Leaves everything that is to be settled inside to the end, or to the outer one of two."""
    if TOUCHED in tx.info:
        yield
        return
    tx.info[TOUCHED] = touched = set[str]()
    try:
        yield
    finally:
        del tx.info[TOUCHED]
    await settle(tx, touched, actor)


async def settle(tx: AsyncSession, changed: Iterable[str], actor: Actor) -> None:
    """After a change of where the beads `changed` stand, or of a dependency with these ends.

    `is_blocked` is right again, and bead.unblocked is appended for every bead that came free, unless they are many.
    """
    if TOUCHED in tx.info:
        tx.info[TOUCHED].update(changed)
        return
    for bead in await _settled(tx, set(changed)):
        data = {"title": bead.title, "status": bead.status}
        append(tx, "bead.unblocked", actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)


async def _settled(tx: AsyncSession, changed: set[str]) -> list[Any]:
    """The rows of those that came free and are not over."""
    await tx.flush()
    if len(changed) > MANY:
        await settle_all(tx)
        return []
    if not changed:
        return []
    query, given = _differing(tx.get_bind().dialect.name), ids_parameter(changed)
    differing = (await tx.execute(query, given)).all()
    for chunk in chunks(bead.id for bead in differing):
        await tx.execute(TURN.where(BEADS.c.id.in_(bindparam("ids", expanding=True))), {"ids": chunk})
    return [bead for bead in differing if bead.is_blocked and not is_over(bead)]


async def may_be_held_by(tx: AsyncSession, bead_ids: Iterable[str]) -> set[str]:
    """The beads whose being blocked can depend on one of `bead_ids`, those included."""
    query = _held(tx.get_bind().dialect.name)
    return set((await tx.execute(query, ids_parameter(bead_ids))).scalars())


async def settle_all(tx: AsyncSession) -> None:
    """Brings `is_blocked` of every bead in line."""
    await tx.flush()
    await tx.execute(TURN.where(BEADS.c.is_blocked != BEADS.c.id.in_(all_blocked())))


@cache
def _differing(dialect: str) -> Select[Any]:
    """The beads around those of `ids_parameter` whose mark is wrong, as they stand."""
    around = _around(dialect)
    blocked = and_(unfinished(BEADS), BEADS.c.id.in_(blocked_among(select(around.c.id))))
    shown = [BEADS.c[name] for name in ("id", "status", "source_status", "title", "project_id", "is_blocked")]
    return select(*shown).where(BEADS.c.id.in_(select(around.c.id)), BEADS.c.is_blocked != blocked).order_by(BEADS.c.id)


@cache
def _held(dialect: str) -> Select[Any]:
    return select(_around(dialect).c.id)


def _around(dialect: str) -> CTE:
    """Every bead whose being blocked can depend on one of `ids_parameter`, those included."""
    changed = ids_of(dialect).cte("changed")
    its_id = changed.c[0]
    up, waiting, down = LINKS.alias(), LINKS.alias(), LINKS.alias()
    parents = select(up.c.depends_on_id).join(changed, up.c.bead_id == its_id).where(up.c.type == PARENT_CHILD)
    of_one = and_(waiting.c.type.in_(BLOCKING_BY_TARGET), waiting.c.depends_on_id.in_(select(its_id)))
    of_children = and_(waiting.c.type == WAITS_FOR, waiting.c.depends_on_id.in_(union(select(its_id), parents)))
    held = select(cast(its_id, String).label("id")).union(
        select(waiting.c.bead_id).where(of_one), select(waiting.c.bead_id).where(of_children)
    )
    around = select(held.subquery().c.id).cte("around", recursive=True)
    return around.union(
        select(cast(down.c.bead_id, String)).join(
            around, and_(down.c.depends_on_id == around.c.id, down.c.type == PARENT_CHILD)
        )
    )
