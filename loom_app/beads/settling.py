"""Which beads are blocked, kept right through every change of what they wait for, and whom a change sets free."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import bindparam, not_, update
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import repository
from loom_app.beads.graph import BLOCKING_BY_TARGET, PARENT_CHILD, WAITS_FOR, is_over
from loom_app.beads.ready import all_blocked, blocked_ids
from loom_app.beads.tables import BEADS, chunks
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
    around = await _may_be_held_by(tx, changed) if changed else set()
    blocked = await blocked_ids(tx, around)
    rows = await repository.standings(tx, sorted(around))
    differing = [bead for bead in rows if bead.is_blocked != (bead.id in blocked)]
    for chunk in chunks(bead.id for bead in differing):
        await tx.execute(TURN.where(BEADS.c.id.in_(bindparam("ids", expanding=True))), {"ids": chunk})
    return [bead for bead in differing if bead.is_blocked and not is_over(bead)]


async def settle_all(tx: AsyncSession) -> None:
    """Brings `is_blocked` of every bead in line."""
    await tx.flush()
    await tx.execute(TURN.where(BEADS.c.is_blocked != BEADS.c.id.in_(all_blocked())))


async def _may_be_held_by(tx: AsyncSession, bead_ids: set[str]) -> set[str]:
    """Every bead whose being blocked can depend on one of `bead_ids`, those included."""
    parents = {link.depends_on_id for link in await repository.links_from(tx, bead_ids, [PARENT_CHILD])}
    waiting = await repository.links_to(tx, bead_ids, BLOCKING_BY_TARGET)
    waiting += await repository.links_to(tx, bead_ids | parents, [WAITS_FOR])
    held = set(bead_ids)
    frontier = held | {link.bead_id for link in waiting}
    while frontier:
        held |= frontier
        frontier = {link.bead_id for link in await repository.links_to(tx, frontier, [PARENT_CHILD])} - held
    return held
