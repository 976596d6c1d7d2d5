"""Finding a bead, to look at or to change, and what stands against changing it."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads import history
from loom_app.beads.holders import names
from loom_app.beads.models import TOMBSTONE, Bead, Lease
from loom_app.beads.tables import chunks
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.errors import Conflict, NotFound


def no_such_bead(bead_id: str) -> NotFound:
    """The refusal for an unknown id."""
    return NotFound(f"There is no bead {bead_id!r}. GET /api/v1/beads lists them.", code="bead_not_found")


async def exists(tx: AsyncSession, bead_id: str, actor: Actor) -> Bead:
    """The bead, deleted or not, if `actor` sees its project. Raises NotFound."""
    bead = await tx.get(Bead, bead_id)
    if bead is None or not actor.sees(bead.project_id):
        raise no_such_bead(bead_id)
    return bead


async def get(tx: AsyncSession, bead_id: str, *, actor: Actor = SYSTEM) -> Bead:
    """The bead, if `actor` sees its project. Raises NotFound, which says by whom where it was deleted."""
    return await living(tx, await exists(tx, bead_id, actor))


async def get_to_change(tx: AsyncSession, bead_id: str, actor: Actor, *, even_deleted: bool = False) -> Bead:
    """The bead as it is at this moment, if `actor` sees it, kept from others' writes to the end of `tx`.

    The change under way puts into its history what becomes of it. Raises NotFound.
    """
    bead = history.watched(tx, bead_id) or (await all_to_change(tx, [bead_id], actor))[bead_id]
    return bead if even_deleted else await living(tx, bead)


async def all_to_change(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor) -> dict[str, Bead]:
    """As `get_to_change` for several beads, always in the same order; among them may be some that were deleted."""
    await tx.flush()
    wanted, found = sorted(set(bead_ids)), dict[str, Bead]()
    for chunk in chunks(wanted):
        query = select(Bead).where(col(Bead.id).in_(chunk)).order_by(col(Bead.id)).with_for_update()
        rows = (await tx.execute(query, execution_options={"populate_existing": True})).scalars()
        found |= {bead.id: bead for bead in rows if actor.sees(bead.project_id)}
    for bead_id in wanted:
        if bead_id not in found:
            raise no_such_bead(bead_id)
        history.watch(tx, found[bead_id])
    return found


async def living(tx: AsyncSession, bead: Bead) -> Bead:
    """`bead`. Raises NotFound where it was deleted: who did it, when, and what brings it back."""
    if bead.source_status != TOMBSTONE:
        return bead
    change_id = await history.deletion_of(tx, bead.id)
    back = (
        f'POST /api/v1/beads/undo with {{"change_id": "{change_id}"}} brings it back.'
        if change_id
        else "It came deleted with a file; a newer line of it in an import brings it back."
    )
    when = f" at {rfc3339(bead.deleted_at)}" if bead.deleted_at else ""
    by, why = (
        f" by {bead.deleted_by}" if bead.deleted_by else "",
        f" ({bead.delete_reason})" * bool(bead.delete_reason),
    )
    raise NotFound(f"{bead.id} was deleted{by}{when}{why}. {back}", code="bead_deleted", change_id=change_id)


async def refuse_if_held(tx: AsyncSession, bead_ids: Iterable[str], cannot: str) -> None:
    """Raises Conflict while somebody holds one of the beads: who, until when, and what `cannot` be done meanwhile."""
    for chunk in chunks(bead_ids):
        query = select(Lease).where(col(Lease.bead_id).in_(chunk), col(Lease.expires_at) > now())
        held = (await tx.execute(query.order_by(col(Lease.bead_id)).limit(1))).scalar()
        if held is not None:
            raise _held(held, (await names(tx, [held.holder])).told(held.holder), cannot)


def _held(held: Lease, who: str, cannot: str) -> Conflict:
    until = rfc3339(held.expires_at or now())
    mend = "Cancel that run first." if held.run_id else "Move it to open first, which ends that claim."
    return Conflict(
        f"{held.bead_id} is being worked on by {who} until {until} and cannot {cannot} meanwhile. {mend}",
        code="bead_held", bead_id=held.bead_id, holder=held.holder, run_id=held.run_id or None, alive=True,
        expires_at=until,
    )  # fmt: skip


def touch(bead: Bead) -> None:
    """Marks the bead as changed now; always later than before, so that files know the newer version."""
    bead.updated_at = max(now(), bead.updated_at + timedelta(microseconds=1))


async def touch_others(tx: AsyncSession, bead_ids: Iterable[str]) -> None:
    """Touches the beads whose own dependencies were changed from the other end."""
    for bead_id in bead_ids:
        bead = await tx.get(Bead, bead_id)
        if bead is not None:
            touch(bead)
