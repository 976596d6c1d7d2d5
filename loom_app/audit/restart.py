"""A new chain after a damaged one, so that work can go on; the damage stays to be seen."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events import chain
from loom_app.events.models import AuditHead
from loom_app.events.service import append, lock
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.keyring import Keyring


async def restart(tx: AsyncSession, keys: Keyring) -> None:
    """Begins a chain under a new key after everything there is, which it covers as it is now."""
    await lock(tx)
    head = await tx.get(AuditHead, 1, populate_existing=True) or AuditHead(id=1)
    was = {"seq": head.seq, "hash": head.hash}
    await chain.anchor(tx, head, await keys.rotate(tx, chain.PURPOSE, timedelta(0)), keys)
    tx.add(head)
    await tx.flush()
    append(tx, "audit.restarted", actor=SYSTEM, data={"head_before": was})
