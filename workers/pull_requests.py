"""Pull requests at work: made where work waits for review, followed, merged once approved, each by itself."""

import asyncio
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from loom_app.config import Settings
from loom_app.events.record import EventRecord
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.pullrequests import due

log = get_logger(__name__)
LOOK_SECONDS = 5.0
MOST_AT_ONCE = 4
OF_RUNS = ("decision.resolved", "run.ended", "pull_request.asked")
OF_PROJECTS = (
    "project.updated", "project.github_token_set", "project.github_token_dropped", "project.git_login_set",
    "project.git_login_dropped",
)  # fmt: skip


class PullRequests:
    """Follows all live pull requests until it is cancelled. What fails is tried again by its own clock."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._wake = asyncio.Event()
        self._runs, self._projects = set[str](), set[str]()
        self._running: dict[str, asyncio.Task[None]] = {}

    def hear(self, batch: list[EventRecord]) -> None:
        """Takes note of runs that ended or were judged, and of projects that come to GitHub in another way now."""
        for event in batch:
            if event.type in OF_RUNS and event.data.get("run_id"):
                self._runs.add(str(event.data["run_id"]))
            elif event.type in OF_PROJECTS and event.project_id and _matters(event):
                self._projects.add(event.project_id)
        if self._runs or self._projects:
            self._wake.set()

    async def follow(self) -> None:
        """Looks whenever it is woken, and by the clock."""
        try:
            while True:
                self._wake.clear()
                try:
                    await self._look()
                except (LoomError, SQLAlchemyError, OSError) as error:
                    log.warning("pull requests not looked at", error=str(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _look(self) -> None:
        """Starts what is due, a few at a time."""
        runs, projects = tuple(self._runs), tuple(self._projects)
        found = await due.found(self._db, self._settings, runs, projects)
        self._runs.difference_update(runs)
        self._projects.difference_update(projects)
        self._running = {key: task for key, task in self._running.items() if not task.done()}
        for pull_id in found:
            if pull_id not in self._running and len(self._running) < MOST_AT_ONCE:
                task = asyncio.create_task(self._attend(pull_id))
                task.add_done_callback(lambda _: self._wake.set())
                self._running[pull_id] = task

    async def _attend(self, pull_id: str) -> None:
        try:
            await due.attend(self._db, self._settings, pull_id)
        except (LoomError, SQLAlchemyError, OSError) as error:
            log.warning("a pull request was not attended to", pull_request=pull_id, error=str(error))


def _matters(event: EventRecord) -> bool:
    """Whether a change of a project is one of how it comes to GitHub."""
    fields = event.data.get("fields")
    return not isinstance(fields, dict) or bool({"git_repo", "git_strategy", "merge_method"} & set(fields))
