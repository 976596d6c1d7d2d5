"""Keeping what comes: deliveries that come together are written together, and answered once they are on the disk."""

import asyncio

from loom_app.kernel.database import Database
from loom_app.kernel.errors import Unavailable
from loom_app.webhooks import repository
from loom_app.webhooks.models import Delivery

MOST_TOGETHER = 100
MOST_WAITING = 1_000
MOST_BYTES = 64 * 1024 * 1024


class Intake:
    """One per process. Each delivery costs little, for one transaction carries all that came during the last one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[tuple[Delivery, asyncio.Future[bool]]] = []
        self._bytes = 0
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, row: Delivery) -> bool:
        """Keeps the delivery; whether it is new. Raises Unavailable while more come than can be written."""
        if len(self._waiting) >= MOST_WAITING or self._bytes > MOST_BYTES:
            raise Unavailable("More deliveries come than Loom can keep just now. Send this one again.", code="busy")
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, kept))
        self._bytes += len(row.body)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return await kept

    async def _write_all(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            self._bytes -= sum(len(row.body) for row, _ in together)
            [written] = await asyncio.gather(self._write([row for row, _ in together]), return_exceptions=True)
            for row, kept in together:
                if not kept.done():  # whoever sent it may have gone
                    _answer(kept, written, row.id)

    async def _write(self, rows: list[Delivery]) -> set[str]:
        first = {row.id: row for row in reversed(rows)}
        async with self._db.write() as tx:
            new = await repository.keep_new(tx, list(first.values()))
            used = sorted({row.secret_id for row in rows if row.secret_id})
            if used:
                await repository.note_used(tx, used)
        await asyncio.to_thread(self._db.sync)
        return new


def _answer(kept: asyncio.Future[bool], written: set[str] | BaseException, delivery_id: str) -> None:
    if isinstance(written, BaseException):
        kept.set_exception(written)
        return
    kept.set_result(delivery_id in written)
    written.discard(delivery_id)
