"""Tells people outside of Loom: gathers what they are to be told when its time comes, sends letters until taken."""

import asyncio

from loom_app.config import Settings
from loom_app.deliveries import service
from loom_app.deliveries.models import Way
from loom_app.kernel.database import Database
from workers.watching import Watch

LOOK_SECONDS = 5.0
MOST_AT_ONCE = 4
MOST_PEOPLE = 500
"""For how many people is gathered before others are looked at again."""
FORGET_SECONDS = 3_600.0
SEND, FORGET = "send", "forget"


class Letters:
    """Gathers and sends until it is cancelled. Any number of workers may do it."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._watch = Watch("letters", self._due, self._do, seconds=LOOK_SECONDS, most_at_once=MOST_AT_ONCE)
        self._clock = asyncio.get_running_loop().time
        self._forget_at = 0.0

    async def follow(self) -> None:
        """Looks for ever."""
        await self._watch.follow()

    async def _due(self) -> list[str]:
        return [FORGET, SEND] if self._clock() >= self._forget_at else [SEND]

    async def _do(self, what: str) -> None:
        if what == FORGET:
            self._forget_at = self._clock() + FORGET_SECONDS
            await service.forget_old(self._db)
        else:
            await attend(self._db, self._settings)


async def attend(db: Database, settings: Settings) -> None:
    """Gathers for everybody whose time has come, then sends."""
    for way, user_id in await service.due(db, settings, MOST_PEOPLE):
        async with db.write() as tx:
            await service.gather(tx, user_id, Way(way))
    if settings.smtp.is_set:
        await service.send_all(db, settings)
