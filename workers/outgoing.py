"""Tells addresses of events: the log is followed from where it was left, messages are sent until they are taken."""

import asyncio

from loom_app.config import Settings
from loom_app.events.record import EventRecord
from loom_app.events.tail import EventTail, follow_durably
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.outgoing import sending
from loom_app.outgoing.following import Following
from loom_app.outgoing.posting import Poster
from loom_app.outgoing.service import MOST_ENDPOINTS
from workers.watching import Watch

FOLLOWER = "webhooks-out"
LOOK_SECONDS = 5.0
MOST_AT_ONCE = MOST_ENDPOINTS + 1
"""How many endpoints are sent to at the same time: any number of them may hang, and the one beside them is told."""
FORGET_SECONDS = 3_600.0
FORGET = ""
"""Stands among the endpoints that are due for forgetting what is old."""


class Outgoing:
    """Follows the log and sends until it is cancelled."""

    def __init__(self, db: Database, vault: Vault, settings: Settings, tail: EventTail) -> None:
        self._db, self._vault, self._settings, self._tail = db, vault, settings, tail
        self._following, self._poster = Following(db, settings), Poster(settings.webhooks.allowed_targets)
        self._watch = Watch(
            "outgoing webhooks", self._due, self._send, seconds=LOOK_SECONDS, most_at_once=MOST_AT_ONCE, at_once=True
        )
        self._clock = asyncio.get_running_loop().time
        self._forget_at = 0.0

    async def follow(self) -> None:
        """Hears the log from where it was left."""
        await follow_durably(self._tail, self._db, FOLLOWER, self._hear)

    async def send(self) -> None:
        """Sends whatever is due."""
        try:
            await self._watch.follow()
        finally:
            await self._poster.close()

    async def _hear(self, batch: list[EventRecord]) -> None:
        if await self._following.hear(batch):
            self._watch.wake()

    async def _due(self) -> list[str]:
        forget = [FORGET] if self._clock() >= self._forget_at else []
        return [*forget, *await sending.due(self._db)]

    async def _send(self, endpoint_id: str) -> None:
        if endpoint_id == FORGET:
            self._forget_at = self._clock() + FORGET_SECONDS
            await sending.forget_old(self._db)
        else:
            await sending.attend(self._db, self._vault, self._settings, self._poster, endpoint_id)
