"""Keeps the bead files of projects and Loom in step: by the clock, when somebody saves one, and when a bead changes."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from loom_app.beadfiles.following import choose, file_at_hand
from loom_app.beadfiles.syncing import NotSettled, sync
from loom_app.events.record import EventRecord
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.projects.models import BeadsSync, Project, ProjectStatus

log = get_logger(__name__)
POLL_SECONDS = 0.5
GATHER_SECONDS = 1.5
"""How long changes of beads are gathered before they are written together."""
LONGEST_SECONDS = 600.0
JITTER = 0.2
ASKED = "beadfile.sync_asked"
NOT_OURS = ("bead.imported", "bead.conflict_found")
"""What reading a file itself appends."""
Stamp = tuple[int, int] | None


@dataclass(slots=True)
class _Watched:
    """When a project's file is looked at again, by the loop's clock."""

    fetch_at: float = 0.0
    write_at: float | None = None
    accept: bool = False
    failures: int = 0
    at_hand: Path | None = None
    stamp: Stamp = None


class BeadFiles:
    """Follows the bead files of all projects until it is cancelled."""

    def __init__(self, db: Database, seconds: float) -> None:
        self._db, self._seconds = db, seconds
        self._watched: dict[str, _Watched] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._stale = True
        self._clock = asyncio.get_running_loop().time

    def hear(self, batch: list[EventRecord]) -> None:
        """Takes note of beads that changed and of projects that were made or asked to be synced."""
        for event in batch:
            self._stale = self._stale or event.type.startswith("project.")
            watched = self._watched.get(event.project_id or "")
            if watched is None:
                continue
            if event.type == ASKED:
                watched.fetch_at, watched.accept, watched.failures = 0.0, bool(event.data.get("accept")), 0
            elif event.type.startswith("bead.") and event.type not in NOT_OURS and watched.write_at is None:
                watched.write_at = self._clock() + GATHER_SECONDS

    async def follow(self) -> None:
        """Looks at each project when it is time. What fails is told on the project and tried again, ever later."""
        try:
            while True:
                await self._surely(self._begin())
                await asyncio.sleep(POLL_SECONDS)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _begin(self) -> None:
        """Begins the rounds that are due; a slow origin keeps no other project waiting."""
        if self._stale:
            self._stale = False
            await self._list()
        self._running = {project_id: task for project_id, task in self._running.items() if not task.done()}
        for project_id, watched in self._watched.items():
            fetch = self._clock() >= watched.fetch_at
            if project_id not in self._running and (fetch or self._is_due(watched)):
                round_ = self._surely(self._round(project_id, watched, fetch=fetch))
                self._running[project_id] = asyncio.create_task(round_)

    async def _surely(self, work: Coroutine[Any, Any, None]) -> None:
        """Does `work`; a database or disk that is away for a while ends only this."""
        try:
            await work
        except (SQLAlchemyError, OSError) as error:
            self._stale = True
            log.warning("bead files wait", error=str(error))

    async def _list(self) -> None:
        async with self._db.read() as tx:
            query = select(Project).where(col(Project.status) != ProjectStatus.CLOSED)
            rows = (await tx.execute(query)).scalars().all()
        wanted = [row.id for row in rows if row.beads_sync != BeadsSync.OFF or not row.beads_sync_chosen]
        self._watched = {project_id: self._watched.get(project_id) or _Watched() for project_id in wanted}

    def _is_due(self, watched: _Watched) -> bool:
        """Whether beads changed a moment ago or somebody saved the file."""
        written = watched.write_at is not None and self._clock() >= watched.write_at
        return written or _stamp(watched.at_hand) != watched.stamp

    async def _round(self, project_id: str, watched: _Watched, *, fetch: bool) -> None:
        """One round, and when the next is due: at a failure ever later, at a file half written soon."""
        watched.write_at, accept, watched.accept = None, watched.accept, False
        watched.fetch_at = self._clock() + self._seconds if fetch else watched.fetch_at
        failed = False
        try:
            watched.at_hand = await file_at_hand(self._db, project_id)
            watched.stamp = _stamp(watched.at_hand)
            await choose(self._db, project_id)
            done = await sync(self._db, project_id, fetch=fetch, accept=accept)
            failed = bool(done.problem)
        except NotSettled:
            watched.write_at = self._clock() + GATHER_SECONDS
        except LoomError as error:
            log.warning("a bead file was not followed", project=project_id, error=error.message)
            failed = True
        if fetch or failed:
            self._schedule(watched, failed=failed)

    def _schedule(self, watched: _Watched, *, failed: bool) -> None:
        watched.failures = watched.failures + 1 if failed else 0
        seconds = min(self._seconds * 2**watched.failures, max(LONGEST_SECONDS, self._seconds))
        watched.fetch_at = self._clock() + seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load


def _stamp(file: Path | None) -> Stamp:
    """What changes when somebody saves the file."""
    try:
        found = file.stat() if file is not None else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if found is not None else None
