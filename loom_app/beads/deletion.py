"""Deleting a bead: it stays as a tombstone, so that other copies of its file learn of it, and can be brought back."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.history import changing
from loom_app.beads.lookup import get_to_change, refuse_if_held, touch
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.beads.settling import settle
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now


async def remove(tx: AsyncSession, bead_id: str, *, actor: Actor, reason: str = "") -> None:
    """Deletes a bead. Its id stays taken, its dependencies wait for nobody and nobody waits for it.

    Raises NotFound, also for one that was deleted already, and Conflict while somebody works on it.
    """
    async with changing(tx, actor, reason):
        bead = await get_to_change(tx, bead_id, actor)
        await refuse_if_held(tx, [bead_id], "be deleted")
        bead.status, bead.source_status = BeadStatus.DONE, TOMBSTONE
        bead.deleted_at, bead.deleted_by, bead.delete_reason = now(), actor.name, reason
        bead.original_type = bead.type
        touch(bead)
        await settle(tx, [bead_id], actor)
        tell_deletion(tx, bead, actor, reason)


def tell_deletion(tx: AsyncSession, bead: Bead, actor: Actor, reason: str) -> None:
    """Appends that the bead was deleted or, where it lives again, that it was brought back."""
    told = "bead.deleted" if bead.source_status == TOMBSTONE else "bead.restored"
    data = {"title": bead.title, "reason": reason}
    append(tx, told, actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)
