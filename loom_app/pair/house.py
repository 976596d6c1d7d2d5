"""What answers stand on, and which of them are on in this process."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Unavailable
from loom_app.kernel.log import get_logger

log = get_logger(__name__)
MOST_AT_ONCE = 50
"""Answers that one process works on."""


@dataclass
class House:
    """The database, the vault and the settings, and the answers that are on; close it before the database."""

    db: Database
    vault: Vault
    settings: Settings
    on: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _hearers: dict[str, set[asyncio.Event]] = field(default_factory=dict)

    def check_room(self) -> None:
        """Raises Unavailable when so many answers are on that no other can begin."""
        if len(self.on) >= MOST_AT_ONCE:
            raise Unavailable(
                f"{MOST_AT_ONCE} answers are on already, the most at once. Try again in a minute.", code="pair_full"
            )

    def start(self, run_id: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Has `work` go on, whoever listens."""
        task = asyncio.create_task(work())
        self.on[run_id] = task
        task.add_done_callback(lambda done: self._over(run_id, done))

    async def stop(self, run_id: str, why: str) -> bool:
        """Ends an answer at once and waits until that is noted; whether it was on here."""
        task = self.on.get(run_id)
        if task is None:
            return False
        task.cancel(why)
        await asyncio.wait([task])
        return True

    async def aclose(self) -> None:
        """Ends every answer: Loom stops."""
        for task in self.on.values():
            task.cancel()
        if self.on:
            await asyncio.wait([*self.on.values()])

    @contextmanager
    def listening(self, run_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever there is something new of an answer in this process."""
        news = asyncio.Event()
        self._hearers.setdefault(run_id, set()).add(news)
        try:
            yield news
        finally:
            self._hearers[run_id].discard(news)
            if not self._hearers[run_id]:
                del self._hearers[run_id]

    def tell(self, run_id: str) -> None:
        """Wakes whoever listens."""
        for news in self._hearers.get(run_id, ()):
            news.set()

    def _over(self, run_id: str, done: asyncio.Task[None]) -> None:
        if self.on.get(run_id) is done:
            del self.on[run_id]
        self.tell(run_id)
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("an answer failed", run=run_id, exc_info=error)
