"""Lines of the feed that are forgotten when they are old enough."""

from datetime import timedelta

from loom_app.activity import repository
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database

AT_ONCE = 1_000
"""How many are removed in one transaction."""


async def forget_old(db: Database, of: Settings) -> int:
    """Removes activities whose newest event is older than they are kept; how many, which the event log tells."""
    if not of.retention.activity_days:
        return 0
    before, gone, more = now() - timedelta(days=of.retention.activity_days), 0, True
    while more:
        async with db.write() as tx:
            removed = await repository.forget_old(tx, before, AT_ONCE)
            gone, more = gone + removed, removed == AT_ONCE
            if gone and not more:
                data = {"activities": gone, "days": of.retention.activity_days}
                append(tx, "retention.done", actor=SYSTEM, data=data)
    return gone
