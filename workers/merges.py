"""The merge queue at work: what people approved, want back or sent as a patch is seen to, project by project."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.events.record import EventRecord
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.pullrequests.rounds import merges_on_github
from loom_app.reviews import tidying, tries
from loom_app.reviews.merging import merge_approved
from loom_app.reviews.queue import due, give_up, note_trouble
from loom_app.reviews.reverting import revert_landed
from loom_app.runs import delivering
from loom_app.source import landing, patches
from workers.watching import Watch

log = get_logger(__name__)
LOOK_SECONDS = 10.0
TIDY_SECONDS = 86_400.0
WAKES = ("decision.resolved", "run.revert_asked")
WORK: dict[str, Callable[[Database, Settings, str], Awaitable[None]]] = {
    "merge": merge_approved,
    "revert": revert_landed,
    "patch": landing.land,
    "delivery": delivering.deliver_late,
}
GIVE_UP: dict[str, Callable[[AsyncSession, str, str], Awaitable[None]]] = {
    "merge": lambda tx, run_id, why: give_up(tx, "merge", run_id, why),
    "revert": lambda tx, run_id, why: give_up(tx, "revert", run_id, why),
    "patch": patches.give_up,
    "delivery": lambda tx, project_id, why: projects.note_repository(tx, project_id, head="", problem=why),
}


class Merges:
    """Follows what is to be merged, taken back and patched. What fails is tried again, ever later, and not for ever."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._watch = Watch("merges", self._due, self._do, seconds=LOOK_SECONDS)
        self._troubles: dict[tries.Key, datetime] = {}
        self._tidy_at = 0.0

    def hear(self, batch: list[EventRecord]) -> None:
        """Looks at once when somebody has said something."""
        if any(event.type in WAKES for event in batch):
            self._watch.wake()

    async def follow(self) -> None:
        """Looks whenever it is woken, and by the clock."""
        await self._watch.follow()

    async def _due(self) -> list[tries.Key]:
        """What waits for its turn in its project; what failed, once its pause is over."""
        await self._tidy()
        async with self._db.read() as tx:
            asked = [
                (kind, run_id) for kind, run_id in await due(tx) if kind != "merge" or await self._is_here(tx, run_id)
            ]
            found = [*asked, *await patches.due(tx), *await delivering.due(tx)]
            self._troubles = await tries.known(tx)
        return [key for key in found if self._troubles.get(key, now()) <= now()]

    async def _is_here(self, tx: AsyncSession, run_id: str) -> bool:
        """Whether approved work is merged here, not on GitHub."""
        return not await merges_on_github(tx, self._db, self._settings, run_id)

    async def _do(self, key: tries.Key) -> None:
        """Does it; what fails is tried again ever later, and ends with the cause where that helps no more."""
        kind, subject_id = key
        try:
            await WORK[kind](self._db, self._settings, subject_id)
        except (LoomError, OSError) as error:
            why = error.message if isinstance(error, LoomError) else f"The machine refused: {error.strerror or error}."
            lasting = isinstance(error, LoomError) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR
            async with self._db.write() as tx:
                times = await tries.failed(tx, key)
                if lasting or times >= tries.MOST_TRIES:
                    log.warning("given up", what=kind, of=subject_id, times=times, error=why)
                    await GIVE_UP[kind](tx, subject_id, why)
                    await tries.over(tx, key)
                else:
                    log.warning("not done, tried again later", what=kind, of=subject_id, error=why)
                    await note_trouble(tx, kind, subject_id, why)
        else:
            await self._forget(key)

    async def _forget(self, key: tries.Key) -> None:
        if key in self._troubles:
            async with self._db.write() as tx:
                await tries.over(tx, key)

    async def _tidy(self) -> None:
        if asyncio.get_running_loop().time() < self._tidy_at:
            return
        self._tidy_at = asyncio.get_running_loop().time() + TIDY_SECONDS
        async with self._db.read() as tx:
            every = (await tx.execute(select(Project))).scalars().all()
        for project in every:
            await tidying.remove_merged(self._db, project)
