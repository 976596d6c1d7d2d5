"""A bead that was given out again and again without getting done is put to people, once."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.config import Settings
from loom_app.dispatch import repository
from loom_app.kernel.actor import SYSTEM
from loom_app.runs.ending import ask_after_hops


async def ask_if_too_many(tx: AsyncSession, bead_id: str, settings: Settings) -> bool:
    """Asks people about a ready bead that was given out as often as a bead may be; whether it did.

    Runs that fail are counted where they end; this is for beads that came back on another way.
    """
    bead = await beads.get_to_change(tx, bead_id, SYSTEM)
    if bead.status != BeadStatus.OPEN or bead.hops < settings.dispatch.max_hops:
        return False
    await ask_after_hops(tx, bead, await repository.last_run(tx, bead_id))
    return True
