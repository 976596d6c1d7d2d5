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
from workers.watching import Listing, Watch

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
        self._projects = Listing(self._list)
        self._watch = Watch("readiness", self._timely, self._look, seconds=POLL_SECONDS, most_at_once=MOST_AT_ONCE)
        self._clock = asyncio.get_running_loop().time

    def hear(self, batch: list[EventRecord]) -> None:
        """Takes note of projects that were made or are reached in another way now."""
        for event in batch:
            listed = event.type in ("project.created", "project.deleted", "project.updated")
            self._projects.stale = self._projects.stale or listed
            changed = event.type == "project.updated" and REACHED_BY & set(event.data.get("fields", {}))
            if event.project_id in self._due and (changed or event.type in CHANGED):
                self._due[event.project_id] = 0.0

    async def follow(self) -> None:
        """Looks at each project when it is time. What fails is tried again."""
        await self._watch.follow()

    async def _list(self) -> None:
        query = select(col(Project.id)).where(col(Project.status) != ProjectStatus.CLOSED)
        async with self._db.read() as tx:
            known = (await tx.execute(query)).scalars().all()
        self._due = {project_id: self._due.get(project_id, 0.0) for project_id in known}

    async def _timely(self) -> list[str]:
        """Those whose time has come, the one that has waited longest first."""
        await self._projects.freshen()
        timely = [project_id for project_id, at in self._due.items() if self._clock() >= at]
        return sorted(timely, key=self._due.__getitem__)

    async def _look(self, project_id: str) -> None:
        self._wait(project_id, WELL_SECONDS)
        try:
            found = await look(self._db, self._settings, project_id)
            self._wait(project_id, ILL_SECONDS if set(found.codes) - set(ADVICE) else WELL_SECONDS)
        except (LoomError, SQLAlchemyError, OSError) as error:
            log.warning("a project's readiness was not found out", project=project_id, error=str(error))
            self._wait(project_id, ILL_SECONDS)

    def _wait(self, project_id: str, seconds: float) -> None:
        if project_id in self._due:
            self._due[project_id] = self._clock() + seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
