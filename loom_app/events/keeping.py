"""What is made from the event log and saved with how far it got, so that nothing is missed or made twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events import repository
from loom_app.events.record import EventRecord
from loom_app.events.tail import EventTail
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.kernel.log import get_logger

log = get_logger(__name__)

AT_ONCE = 500
SAVE_EVERY = 2_000
"""So many events that concern nobody are passed over before that is saved."""
AGAIN_SECONDS = 1.0
CATCH_UP_SECONDS = 1.0
"""How long somebody who asks waits for what has just happened to be there."""


@dataclass(frozen=True)
class Kept:
    """Something made from the log: under which name its position is saved, and how it is made."""

    name: str
    lock: int
    """Held while it is made: any number of processes may keep it, one at a time does."""
    concerns: Callable[[EventRecord], bool]
    make: Callable[[AsyncSession, list[EventRecord]], Awaitable[None]]
    """Brings it from before a batch to after it."""
    from_the_start: bool = True
    """Whether it tells of what happened before it was there for the first time."""


class Keeper:
    """Keeps it up with the log while the block runs."""

    def __init__(self, db: Database, tail: EventTail, kept: Kept) -> None:
        self._db, self._tail, self._kept = db, tail, kept
        self._news = asyncio.Condition()
        self.position = 0
        """The number of the event up to which it is complete."""

    async def __aenter__(self) -> "Keeper":
        async with self._db.read() as tx:
            there = await repository.position(tx, self._kept.name)
        if there is None and not self._kept.from_the_start:
            there = await self._begin_now()
        self.position = self._saved = there or 0
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def caught_up(self, seq: int) -> None:
        """Returns when the event `seq` has been heard, or after a second; at once when that is far ahead."""
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

    async def _begin_now(self) -> int:
        async with self._db.write() as tx:
            await one_at_a_time(tx, self._kept.lock)
            there = await repository.position(tx, self._kept.name)
            if there is None:
                there = await repository.last_seq(tx)
                await repository.save_position(tx, self._kept.name, there)
        return there

    async def _follow(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await self._tail.wait_beyond(self.position)
            began = clock()
            try:
                batch = await self._tail.after(self.position, AT_ONCE)
                reached = await self._take(batch) if batch else self.position
            except (SQLAlchemyError, OSError) as error:
                log.warning("waits for the database", follower=self._kept.name, error=str(error))
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            async with self._news:
                self.position = reached
                self._news.notify_all()
            if len(batch) == AT_ONCE:
                await asyncio.sleep(clock() - began)  # a long log leaves every other moment to those who use Loom

    async def _take(self, batch: list[EventRecord]) -> int:
        """Makes of `batch` what is not made yet; how far it is then."""
        last = batch[-1].seq
        if last - self._saved < SAVE_EVERY and not any(map(self._kept.concerns, batch)):
            return last
        async with self._db.write() as tx:
            await one_at_a_time(tx, self._kept.lock)
            there = await repository.position(tx, self._kept.name) or 0
            await self._kept.make(tx, [event for event in batch if event.seq > there])
            self._saved = max(there, last)
            await repository.save_position(tx, self._kept.name, self._saved)
        return self._saved
