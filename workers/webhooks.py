"""Works on what GitHub told and the web process kept, as soon as it is there, and forgets what is old."""

import asyncio

from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.webhooks import working
from workers.watching import Watch

LOOK_SECONDS = 1.0
"""Keeping a delivery tells nobody, so that it costs little; an idle look is one indexed read."""
FORGET_SECONDS = 3_600.0
WORK, FORGET = "work", "forget"


class Webhooks:
    """Follows the deliveries until it is cancelled; one at a time, in the order they came."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._watch = Watch("deliveries of GitHub", self._due, self._do, seconds=LOOK_SECONDS)
        self._clock = asyncio.get_running_loop().time
        self._forget_at = 0.0

    async def follow(self) -> None:
        """Looks by the clock."""
        await self._watch.follow()

    async def _due(self) -> list[str]:
        waiting = [WORK] if await working.any_due(self._db) else []
        return waiting + ([FORGET] if self._clock() >= self._forget_at else [])

    async def _do(self, what: str) -> None:
        if what == WORK:
            await working.work_off(self._db, self._settings)
            return
        self._forget_at = self._clock() + FORGET_SECONDS
        await working.forget_old(self._db)
