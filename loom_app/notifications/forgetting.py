"""Notifications that are forgotten when they are old enough."""

from datetime import timedelta

from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.notifications import repository

AT_ONCE = 1_000
"""How many are removed in one transaction."""


async def forget_old(db: Database, of: Settings) -> int:
    """Removes notifications whose newest event is older than they are kept; how many, which the event log tells.

    What still needs its reader, and what is put off until later, stays however old it is.
    """
    if not of.retention.notification_days:
        return 0
    before, gone, more = now() - timedelta(days=of.retention.notification_days), 0, True
    while more:
        async with db.write() as tx:
            removed = await repository.forget_old(tx, before, AT_ONCE)
            gone, more = gone + removed, removed == AT_ONCE
            if gone and not more:
                data = {"notifications": gone, "days": of.retention.notification_days}
                append(tx, "retention.done", actor=SYSTEM, data=data)
    return gone
