"""What the clocks of upkeep do at each tick."""

import asyncio

from temporalio import activity

from loom_app.activity import forgetting as activities
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Unavailable
from loom_app.kernel.log import get_logger
from loom_app.notifications import forgetting as notifications
from loom_app.upkeep import service
from workers.activities.deps import Deps

log = get_logger(__name__)
AGAIN_SECONDS = 3_600.0
"""How long after a copy that failed the next is tried: each is told in the event log."""


class UpkeepActivities:
    """The activities of BackupWorkflow and RetentionWorkflow."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._not_before = 0.0

    @activity.defn(name="back_up")
    async def back_up(self) -> float:
        """A copy of the database when one is due."""
        clock = asyncio.get_running_loop().time
        if clock() < self._not_before or not await service.due(self._deps.db, self._deps.settings, now()):
            return 0.0
        try:
            await service.back_up(self._deps.db, self._deps.settings)
        except Conflict:
            log.info("a copy of the database is being made already")
        except Unavailable as error:
            self._not_before = clock() + AGAIN_SECONDS
            log.warning("no copy of the database was made", why=error.message)
        return 0.0

    @activity.defn(name="forget")
    async def forget(self) -> float:
        """Forgets what the settings say is old enough."""
        await service.forget(self._deps.db, self._deps.settings)
        await activities.forget_old(self._deps.db, self._deps.settings)
        await notifications.forget_old(self._deps.db, self._deps.settings)
        return 0.0
