"""Looks at the repositories of projects by the clock, and at once when how one is reached has changed."""

import asyncio
import random

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from loom_app.config import Settings
from loom_app.events.record import EventRecord
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.projects.models import Project, ProjectStatus
from loom_app.readiness.judging import ADVICE
from loom_app.readiness.service import look

log = get_logger(__name__)
POLL_SECONDS = 1.0
WELL_SECONDS, ILL_SECONDS = 600.0, 60.0
JITTER = 0.2
MOST_AT_ONCE = 4
CHANGED = frozenset(
    {
        "project.created", "project.git_key_dropped", "project.git_login_set", "project.git_login_dropped",
        "project.host_pinned", "project.host_forgotten",
    }
)  # fmt: skip
REACHED_BY = frozenset({"git_repo", "branch", "problem"})


class ReadinessWatch:
    """Keeps the readiness of all open projects fresh until it is cancelled."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._due: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._stale = True
        self._clock = asyncio.get_running_loop().time

    def hear(self, batch: list[EventRecord]) -> None:
        """Takes note of projects that were made or are reached in another way now."""
        for event in batch:
            self._stale = self._stale or event.type in ("project.created", "project.deleted", "project.updated")
            changed = event.type == "project.updated" and REACHED_BY & set(event.data.get("fields", {}))
            if event.project_id in self._due and (changed or event.type in CHANGED):
                self._due[event.project_id] = 0.0

    async def follow(self) -> None:
        """Looks at each project when it is time. What fails is tried again."""
        try:
            while True:
                await self._begin()
                await asyncio.sleep(POLL_SECONDS)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _begin(self) -> None:
        """Begins the looks that are due; a host that is slow to answer keeps few others waiting."""
        if self._stale:
            await self._list()
        self._running = {project_id: task for project_id, task in self._running.items() if not task.done()}
        for project_id in sorted(self._due, key=self._due.__getitem__):
            if self._clock() < self._due[project_id] or len(self._running) >= MOST_AT_ONCE:
                break
            if project_id not in self._running:
                self._wait(project_id, WELL_SECONDS)
                self._running[project_id] = asyncio.create_task(self._look(project_id))

    async def _list(self) -> None:
        query = select(col(Project.id)).where(col(Project.status) != ProjectStatus.CLOSED)
        try:
            async with self._db.read() as tx:
                known = (await tx.execute(query)).scalars().all()
        except (SQLAlchemyError, OSError) as error:
            log.warning("readiness waits", error=str(error))
            return
        self._stale = False
        self._due = {project_id: self._due.get(project_id, 0.0) for project_id in known}

    async def _look(self, project_id: str) -> None:
        try:
            found = await look(self._db, self._settings, project_id)
            self._wait(project_id, ILL_SECONDS if set(found.codes) - set(ADVICE) else WELL_SECONDS)
        except (LoomError, SQLAlchemyError, OSError) as error:
            log.warning("a project's readiness was not found out", project=project_id, error=str(error))
            self._wait(project_id, ILL_SECONDS)

    def _wait(self, project_id: str, seconds: float) -> None:
        if project_id in self._due:
            self._due[project_id] = self._clock() + seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
