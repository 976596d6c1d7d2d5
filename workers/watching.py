"""Looking at projects when it is time: at each by one at a time, however long that takes."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from loom_app.kernel.log import get_logger

log = get_logger(__name__)


class Watch:
    """Has projects looked at until it is cancelled; a database or disk that is away for a while ends only one look.

    `stale` has them listed anew. `due` names those whose time has come, the most urgent first.
    """

    def __init__(
        self,
        what: str,
        listed: Callable[[], Awaitable[None]],
        due: Callable[[], Iterable[str]],
        look: Callable[[str], Coroutine[Any, Any, None]],
        *,
        poll_seconds: float,
        most_at_once: int = 1_000,
    ) -> None:
        self._what, self._listed, self._due, self._look = what, listed, due, look
        self._poll_seconds, self._most_at_once = poll_seconds, most_at_once
        self._running: dict[str, asyncio.Task[None]] = {}
        self.stale = True

    async def follow(self) -> None:
        """Looks at each project when it is time; a slow one keeps few others waiting."""
        try:
            while True:
                await self._surely(self._begin())
                await asyncio.sleep(self._poll_seconds)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _begin(self) -> None:
        if self.stale:
            self.stale = False
            await self._listed()
        self._running = {project_id: task for project_id, task in self._running.items() if not task.done()}
        for project_id in self._due():
            if len(self._running) >= self._most_at_once:
                break
            if project_id not in self._running:
                self._running[project_id] = asyncio.create_task(self._surely(self._look(project_id)))

    async def _surely(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (SQLAlchemyError, OSError) as error:
            self.stale = True
            log.warning("looking at projects waits", what=self._what, error=str(error))
