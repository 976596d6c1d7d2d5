"""From event to message: each event of the log is put on its way to every endpoint that wants it, once."""

import time
from collections.abc import Sequence

from loom_app.auth.watching import ASK_AGAIN_SECONDS, TELLING
from loom_app.config import Settings
from loom_app.events.record import EventRecord
from loom_app.kernel.database import Database
from loom_app.outgoing import repository
from loom_app.outgoing.choosing import NEVER, Listener, listeners, message

AT_ONCE = 200


class Following:
    """Hears the log. Who listens is looked up again as soon as it may have changed."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._listeners: Sequence[Listener] = ()
        self._asked: float | None = None

    async def hear(self, batch: list[EventRecord]) -> int:
        """Puts messages on their way; how many. An event that comes again changes nothing."""
        await self._freshen(batch)
        rows = [message(one.endpoint, event) for one in self._listeners for event in batch if one.wants(event)]
        for start in range(0, len(rows), AT_ONCE):
            async with self._db.write() as tx:
                await repository.put(tx, rows[start : start + AT_ONCE])
        return len(rows)

    async def _freshen(self, batch: list[EventRecord]) -> None:
        moment = time.monotonic()
        late = self._asked is None or moment - self._asked > ASK_AGAIN_SECONDS
        if not late and not any(event.source in TELLING or event.source == NEVER for event in batch):
            return
        async with self._db.read() as tx:
            self._listeners = await listeners(tx, self._settings)
        self._asked = moment
