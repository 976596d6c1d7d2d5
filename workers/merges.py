"""The merge queue at work: what people approved, want back or sent as a patch is seen to, project by project."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from loom_app.config import Settings
from loom_app.events.record import EventRecord
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.projects.models import Project
from loom_app.pullrequests.rounds import merge_where_due
from loom_app.reviews import tidying
from loom_app.reviews.queue import due, note_trouble
from loom_app.reviews.reverting import revert_landed
from loom_app.source import landing, patches

log = get_logger(__name__)
LOOK_SECONDS = 10.0
TIDY_SECONDS = 86_400.0
WAKES = ("decision.resolved", "run.revert_asked")
WORK: dict[str, Callable[[Database, Settings, str], Awaitable[None]]] = {
    "merge": merge_where_due,
    "revert": revert_landed,
    "patch": landing.land,
}


class Merges:
    """Follows what is to be merged and taken back until it is cancelled. What fails is tried again at the next look."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._wake = asyncio.Event()
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._tidy_at = 0.0

    def hear(self, batch: list[EventRecord]) -> None:
        """Looks at once when somebody has said something."""
        if any(event.type in WAKES for event in batch):
            self._wake.set()

    async def follow(self) -> None:
        """Looks whenever it is woken, and by the clock."""
        try:
            while True:
                self._wake.clear()
                try:
                    await self._look()
                    await self._tidy()
                except (LoomError, SQLAlchemyError, OSError) as error:
                    log.warning("merges not looked at", error=str(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _look(self) -> None:
        """Starts what is due; each waits for its turn in its project."""
        self._running = {key: task for key, task in self._running.items() if not task.done()}
        async with self._db.read() as tx:
            found = [*await due(tx), *await patches.due(tx)]
        for key in found:
            if key not in self._running:
                self._running[key] = asyncio.create_task(self._do(*key))

    async def _do(self, kind: str, run_id: str) -> None:
        try:
            await self._try(kind, run_id)
        except (SQLAlchemyError, OSError) as error:
            log.warning("not done, tried again later", what=kind, run=run_id, error=str(error))

    async def _try(self, kind: str, run_id: str) -> None:
        try:
            await WORK[kind](self._db, self._settings, run_id)
        except LoomError as error:
            log.warning("not done, tried again later", what=kind, run=run_id, error=error.message)
            async with self._db.write() as tx:
                await note_trouble(tx, kind, run_id, error.message)

    async def _tidy(self) -> None:
        if asyncio.get_running_loop().time() < self._tidy_at:
            return
        self._tidy_at = asyncio.get_running_loop().time() + TIDY_SECONDS
        async with self._db.read() as tx:
            projects = (await tx.execute(select(Project))).scalars().all()
        for project in projects:
            await tidying.remove_merged(self._db, project)
