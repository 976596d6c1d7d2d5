"""Keeps the bead files of projects and Loom in step: by the clock, when somebody saves one, and when a bead changes."""

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from loom_app.beadfiles.following import choose, file_at_hand
from loom_app.beadfiles.syncing import NotSettled, sync
from loom_app.events.record import EventRecord
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.projects.models import BeadsSync, Project, ProjectStatus
from workers.watching import Listing, Watch

log = get_logger(__name__)
POLL_SECONDS = 0.5
GATHER_SECONDS = 1.5
"""How long changes of beads are gathered before they are written together."""
LONGEST_SECONDS = 600.0
JITTER = 0.2
ASKED = "beadfile.sync_asked"
PUSHED = "external.push"
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
        self._projects = Listing(self._list)
        self._watch = Watch("bead files", self._due, self._round, seconds=POLL_SECONDS)
        self._clock = asyncio.get_running_loop().time

    def hear(self, batch: list[EventRecord]) -> None:
        """Takes note of beads that changed and of projects that were made, pushed to or asked to be synced."""
        for event in batch:
            self._projects.stale = self._projects.stale or event.type.startswith("project.")
            watched = self._watched.get(event.project_id or "")
            if watched is None:
                continue
            if event.type == ASKED:
                watched.fetch_at, watched.accept, watched.failures = 0.0, bool(event.data.get("accept")), 0
            elif event.type == PUSHED:
                watched.fetch_at = min(watched.fetch_at, self._clock() + GATHER_SECONDS)
            elif event.type.startswith("bead.") and event.type not in NOT_OURS and watched.write_at is None:
                watched.write_at = self._clock() + GATHER_SECONDS

    async def follow(self) -> None:
        """Looks at each project when it is time. What fails is told on the project and tried again, ever later."""
        await self._watch.follow()

    async def _list(self) -> None:
        async with self._db.read() as tx:
            query = select(Project).where(col(Project.status) != ProjectStatus.CLOSED)
            rows = (await tx.execute(query)).scalars().all()
        wanted = [row.id for row in rows if row.beads_sync != BeadsSync.OFF or not row.beads_sync_chosen]
        self._watched = {project_id: self._watched.get(project_id) or _Watched() for project_id in wanted}

    async def _due(self) -> list[str]:
        """Those whose origin is to be asked, whose beads changed a moment ago or whose file somebody saved."""
        await self._projects.freshen()
        return [one for one, watched in self._watched.items() if self._is_due(watched)]

    def _is_due(self, watched: _Watched) -> bool:
        moments = [watched.fetch_at] if watched.write_at is None else [watched.fetch_at, watched.write_at]
        return self._clock() >= min(moments) or _stamp(watched.at_hand) != watched.stamp

    async def _round(self, project_id: str) -> None:
        """One round, and when the next is due: at a failure ever later, at a file half written soon."""
        watched = self._watched[project_id]
        fetch = self._clock() >= watched.fetch_at
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
