"""The feed follows the event log: what a batch of events makes of it is saved together with how far it got."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.activity import repository
from loom_app.activity.gathering import GONE, gather, gather_key, shown, title_in
from loom_app.events import service as events
from loom_app.events.record import EventRecord
from loom_app.events.tail import EventTail
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.kernel.log import get_logger

log = get_logger(__name__)

FOLLOWER = "activity-feed"
FEED_LOCK = 0x10_0F
AT_ONCE = 500
SAVE_EVERY = 2_000
"""So many events of which the feed tells nothing are passed over before that is saved."""
AGAIN_SECONDS = 1.0
CATCH_UP_SECONDS = 1.0
"""How long somebody who asks waits for what has just happened to be in the feed."""


class Feed:
    """Keeps the feed up with the log while the block runs; any number of processes may do it at once."""

    def __init__(self, db: Database, tail: EventTail) -> None:
        self._db, self._tail = db, tail
        self._news = asyncio.Condition()
        self.position = 0
        """The number of the event up to which the feed is complete."""

    async def __aenter__(self) -> "Feed":
        async with self._db.read() as tx:
            self.position = self._saved = await events.position(tx, FOLLOWER) or 0
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def caught_up(self, seq: int) -> None:
        """Returns when the event `seq` has been heard, or after a second; at once when the feed is far behind."""
        if seq - self.position > AT_ONCE:
            return
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                await self.reached(seq)
        except TimeoutError:
            return

    async def reached(self, seq: int) -> None:
        """Returns when the event `seq` has been heard, however long that takes."""
        async with self._news:
            await self._news.wait_for(lambda: self.position >= seq)

    async def _follow(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await self._tail.wait_beyond(self.position)
            began = clock()
            try:
                batch = await self._tail.after(self.position, AT_ONCE)
                reached = await self._take(batch) if batch else self.position
            except (SQLAlchemyError, OSError) as error:
                log.warning("the activity feed waits for the database", error=str(error))
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            async with self._news:
                self.position = reached
                self._news.notify_all()
            if len(batch) == AT_ONCE:
                await asyncio.sleep(clock() - began)  # a long log leaves every other moment to those who use Loom

    async def _take(self, batch: list[EventRecord]) -> int:
        """Has the feed tell of `batch`; how far it is then."""
        last = batch[-1].seq
        if last - self._saved < SAVE_EVERY and not any(shown(event) or event.type == GONE for event in batch):
            return last
        async with self._db.write() as tx:
            await one_at_a_time(tx, FEED_LOCK)
            there = await events.position(tx, FOLLOWER) or 0
            await tell(tx, [event for event in batch if event.seq > there])
            self._saved = max(there, last)
            await events.save_position(tx, FOLLOWER, self._saved)
        return self._saved


async def tell(tx: AsyncSession, batch: Sequence[EventRecord]) -> None:
    """Brings the feed from before `batch` to after it."""
    told = [event for event in batch if shown(event)]
    latest = await repository.newest_of(tx, {key for event in told if (key := gather_key(event))})
    unnamed = [(event.project_id or "", event.subject_id or "") for event in told if not title_in(event)]
    made = gather([dict(row) for row in latest], batch, await repository.titles(tx, unnamed))
    for project_id, before in made.gone.items():
        await repository.forget(tx, project_id, before)
    await repository.put(tx, list(made.rows.values()))
