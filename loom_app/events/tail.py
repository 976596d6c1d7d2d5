"""Following the log: one tail per process reads it once for all who listen."""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from itertools import takewhile

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from loom_app.events import repository
from loom_app.events.record import EventRecord
from loom_app.events.service import CHANNEL
from loom_app.kernel.database import Database

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.025
SWEEP_SECONDS = 1.0
SAVE_SECONDS = 1.0
RING = 2_000
BATCH = 500


class EventTail:
    """Knows the newest events and wakes its readers. Start it once per process with `async with`."""

    def __init__(self, db: Database, poll_seconds: float = POLL_SECONDS) -> None:
        self._db = db
        self._poll = poll_seconds
        self._ring: deque[EventRecord] = deque(maxlen=RING)
        self._wake = asyncio.Event()
        self._news = asyncio.Condition()
        self.last_seq = self.since = 0
        self.readers = 0

    async def __aenter__(self) -> "EventTail":
        async with self._db.read() as tx:
            self.last_seq = await repository.last_seq(tx)
        self.since = self.last_seq
        self._db.on_commit(self._wake.set)
        watch = self._watch_sqlite if self._db.is_sqlite else self._watch_postgres
        self._tasks = [asyncio.create_task(_forever(work)) for work in (self._read, watch)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def after(self, seq: int, limit: int = BATCH) -> list[EventRecord]:
        """Events beyond `seq`, oldest first, from memory when they are there."""
        whole = seq >= self.since and len(self._ring) < RING
        if whole or (self._ring and seq >= self._ring[0].seq):
            newest = list(takewhile(lambda event: event.seq > seq, reversed(self._ring)))
            return newest[::-1][:limit]
        async with self._db.read() as tx:
            return await repository.after(tx, seq, limit)

    async def wait_beyond(self, seq: int) -> None:
        """Returns as soon as there is an event beyond `seq`."""
        async with self._news:
            await self._news.wait_for(lambda: self.last_seq > seq)

    async def follow(self, seq: int) -> AsyncGenerator[list[EventRecord], None]:
        """Batches of events beyond `seq`, for ever, none missing, none twice, in order."""
        self.readers += 1
        try:
            while True:
                await self.wait_beyond(seq)
                batch = await self.after(seq)
                if batch:
                    seq = batch[-1].seq
                    yield batch
        finally:
            self.readers -= 1

    async def _read(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):  # wait_for can lose a cancellation on Python 3.11
                    await self._wake.wait()
            self._wake.clear()
            fresh = await repository.news(self._db, self.last_seq, BATCH)
            if fresh:
                self._ring.extend(fresh)
                async with self._news:
                    self.last_seq = fresh[-1].seq
                    self._news.notify_all()
            if len(fresh) == BATCH:
                self._wake.set()

    async def _watch_sqlite(self) -> None:
        """Wakes the reader when any process has committed. The pragma takes microseconds, less than a thread's hop."""
        with contextlib.closing(sqlite3.connect(self._db.url.database or "", isolation_level=None)) as connection:
            seen = None
            while True:
                version = connection.execute("PRAGMA data_version").fetchone()
                if version != seen:
                    seen = version
                    self._wake.set()
                await asyncio.sleep(self._poll)

    async def _watch_postgres(self) -> None:
        """Wakes the reader at each NOTIFY."""
        dsn = self._db.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(dsn)
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._wake.set())
            while not connection.is_closed():
                await connection.execute("SELECT 1")
                await asyncio.sleep(SWEEP_SECONDS)
        finally:
            await connection.close()


async def follow_durably(
    tail: EventTail, db: Database, name: str, handle: Callable[[list[EventRecord]], Awaitable[None]]
) -> None:
    """Hands every event to `handle` at least once, over restarts too: what is saved was handled before.

    The position is saved once a second and at the end, so that following costs little; after a crash the events of
    the last second come again. Who never followed before begins where `tail` did.
    """
    async with db.read() as tx:
        start = await repository.position(tx, name)
    done = saved = tail.since if start is None else start
    clock = asyncio.get_running_loop().time
    save_at = clock()

    async def save() -> None:
        async with db.write() as tx:
            await repository.save_position(tx, name, done)

    try:
        async for batch in tail.follow(done):
            await handle(batch)
            done = batch[-1].seq
            if clock() >= save_at:
                await save()
                saved, save_at = done, clock() + SAVE_SECONDS
    finally:
        if saved != done:
            await save()


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    """Keeps `work` going over a database that is away for a while."""
    while True:
        try:
            await work()
        except (SQLAlchemyError, sqlite3.Error, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("event log unreadable, trying again", error=str(error))
            await asyncio.sleep(SWEEP_SECONDS)
