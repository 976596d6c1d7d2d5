"""Lines on their way from a process's loggers into the database, beside the work and never in its way."""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from loom_app.kernel.clock import now
from loom_app.kernel.columns import table
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.kernel.redaction import redacted
from loom_app.logs import repository
from loom_app.logs.models import LEVELS, LogLine

LOCK = 0x10_10C
WAITING = 5_000
"""Lines that wait for the database at most; beyond that the oldest go, and how many is told."""
AT_ONCE = 500
FLUSH_SECONDS = 1.0
LOOK_SECONDS = 1.0
FIRST_SWEEP_SECONDS, SWEEP_SECONDS = 60.0, 3_600.0
LONGEST, LONGEST_DATA = 2_000, 8_000
OURS = ("loom_app.logs", "sqlalchemy", "aiosqlite", "asyncpg")
"""Loggers whose lines are not kept: keeping them would make more of them."""
IDS = {
    "project_id": ("project_id", "project"), "bead_id": ("bead_id", "bead"), "agent_id": ("agent_id", "agent"),
    "run_id": ("run_id", "run"),
}  # fmt: skip


class Lines(logging.Handler):
    """Keeps what this process logs while the block runs, and says when there are new lines of any process.

    Logging waits for nothing: a line goes into a bounded queue, which a task empties once a second, and at the end.
    """

    def __init__(self, db: Database, source: str, *, days: int, most: int) -> None:
        super().__init__(logging.INFO)
        self._db, self._source, self._days, self._most = db, source, days, most
        self._queue: deque[dict[str, Any]] = deque(maxlen=WAITING)
        self._going: list[dict[str, Any]] = []
        """Lines out of the queue of which it is not known yet that they are written."""
        self._dropped = 0
        self._flushing = asyncio.Lock()
        self._news = asyncio.Condition()
        self._readers = 0
        self.last_seq = 0

    async def __aenter__(self) -> "Lines":
        async with self._db.read() as tx:
            self.last_seq = await repository.last_seq(tx)
        logging.getLogger().addHandler(self)
        self._tasks = [asyncio.create_task(work()) for work in (self._flush_on, self._look_on, self._sweep_on)]
        return self

    async def __aexit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flush_now()

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a line; from any thread."""
        if record.name.startswith(OURS):
            return
        if len(self._queue) == WAITING:
            self._dropped += 1
        self._queue.append(row(record, self._source))

    async def beyond(self, seq: int) -> None:
        """Returns as soon as there is a line beyond `seq`."""
        self._readers += 1
        try:
            async with self._news:
                await self._news.wait_for(lambda: self.last_seq > seq)
        finally:
            self._readers -= 1

    async def flush_now(self) -> None:
        """Writes what waits; keeps it when the database is away."""
        async with self._flushing:
            while self._going or self._queue:
                self._going = self._going or [self._queue.popleft() for _ in range(min(AT_ONCE, len(self._queue)))]
                note = f"{self._dropped} lines were not kept: too many came at once."
                told = [_note(note, self._source)] if self._dropped else []
                try:
                    async with self._db.write() as tx:
                        await one_at_a_time(tx, LOCK)
                        await tx.execute(insert(table(LogLine)), [*self._going, *told])
                        last = await repository.last_seq(tx)
                except (SQLAlchemyError, OSError):
                    return
                self._going, self._dropped = [], 0
                await self._tell(last)

    async def _tell(self, last: int) -> None:
        async with self._news:
            self.last_seq = max(last, self.last_seq)
            self._news.notify_all()

    async def _flush_on(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush_now()

    async def _look_on(self) -> None:
        """Other processes' lines are looked for while somebody reads."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._readers:
                try:
                    async with self._db.read() as tx:
                        last = await repository.last_seq(tx)
                except (SQLAlchemyError, OSError):
                    continue
                if last > self.last_seq:
                    await self._tell(last)

    async def _sweep_on(self) -> None:
        pause = FIRST_SWEEP_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = SWEEP_SECONDS
            try:
                pause = FLUSH_SECONDS if await self.sweep() else SWEEP_SECONDS
            except (SQLAlchemyError, OSError) as error:
                self._queue.append(_note(f"Old log lines could not be removed: {error}", self._source))

    async def sweep(self) -> bool:
        """Removes some of what is older than it is kept, or more than is kept; whether there may be more of it."""
        async with self._db.write() as tx:
            return await repository.forget(tx, now() - timedelta(days=self._days), self._most)


def row(record: logging.LogRecord, source: str) -> dict[str, Any]:
    """The row of a record of ours or of a library, without secrets."""
    said: Mapping[str, Any] = record.msg if isinstance(record.msg, dict) else {"event": record.getMessage()}
    plain = {name: redacted(value, name) for name, value in said.items() if not name.startswith("_")}
    if record.exc_info and "exception" not in plain:
        told = structlog.processors.format_exc_info(None, "", {"exc_info": record.exc_info})
        plain["exception"] = redacted(told["exception"])
    message = str(plain.pop("event", ""))
    level = record.levelname.lower() if record.levelname.lower() in LEVELS else "info"
    for name in ("level", "timestamp", "logger"):
        plain.pop(name, None)
    ids = {name: next((str(plain[key])[:200] for key in keys if plain.get(key)), None) for name, keys in IDS.items()}
    return {
        "at": datetime.fromtimestamp(record.created, UTC), "level": level, "grade": LEVELS.index(level),
        "source": source, "logger": record.name[:200], "message": _storable(message)[:LONGEST],
        "data": {_storable(str(name)): _storable(str(value))[:LONGEST_DATA] for name, value in plain.items()}, **ids,
    }  # fmt: skip


def _storable(text: str) -> str:
    """The text as every database can keep it."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _note(message: str, source: str) -> dict[str, Any]:
    return {
        "at": now(), "level": "warning", "grade": LEVELS.index("warning"), "source": source, "logger": __name__,
        "message": message, "data": {}, **dict.fromkeys(IDS),
    }  # fmt: skip
