"""Finding a bead, to look at or to change."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.models import Bead
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import NotFound


def no_such_bead(bead_id: str) -> NotFound:
    """The refusal for an unknown id."""
    return NotFound(f"There is no bead {bead_id!r}. GET /api/v1/beads lists them.", code="bead_not_found")


async def get(tx: AsyncSession, bead_id: str, *, actor: Actor = SYSTEM) -> Bead:
    """The bead, if `actor` sees its project. Raises NotFound."""
    bead = await tx.get(Bead, bead_id)
    if bead is None or not actor.sees(bead.project_id):
        raise no_such_bead(bead_id)
    return bead


async def get_to_change(tx: AsyncSession, bead_id: str, actor: Actor) -> Bead:
    """The bead as it is at this moment, if `actor` sees it, kept from others' writes to the end of `tx`.

    Raises NotFound.
    """
    await tx.flush()
    bead = await tx.get(Bead, bead_id, populate_existing=True, with_for_update=True)
    if bead is None or not actor.sees(bead.project_id):
        raise no_such_bead(bead_id)
    return bead


def touch(bead: Bead) -> None:
    """Marks the bead as changed now; always later than before, so that files know the newer version."""
    bead.updated_at = max(now(), bead.updated_at + timedelta(microseconds=1))


async def touch_others(tx: AsyncSession, bead_ids: Iterable[str]) -> None:
    """Touches the beads whose own dependencies were changed from the other end."""
    for bead_id in bead_ids:
        bead = await tx.get(Bead, bead_id)
        if bead is not None:
            touch(bead)
