"""Seeing to what is due: each thing by one at a time, however long that takes, until it is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger

log = get_logger(__name__)
Key = TypeVar("Key", bound=Hashable)


class Watch(Generic[Key]):
    """Looks for what is `due`, the most urgent first, every `seconds` and when it is woken, and has it done by `do`.

    A database or disk that is away for a while ends only one look. With `at_once` it also looks when one is done.
    """

    def __init__(
        self, what: str, due: Callable[[], Awaitable[Iterable[Key]]], do: Callable[[Key], Coroutine[Any, Any, None]], *,
        seconds: float, most_at_once: int = 1_000, at_once: bool = False,
    ) -> None:  # fmt: skip
        self._what, self._due, self._do = what, due, do
        self._seconds, self._most_at_once, self._at_once = seconds, most_at_once, at_once
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Looks now."""
        self._woken.set()

    async def follow(self) -> None:
        """Looks for ever; a thing that takes long keeps few others waiting."""
        try:
            while True:
                self._woken.clear()
                await self._surely(self._begin())
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._seconds):
                        await self._woken.wait()
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _begin(self) -> None:
        due = await self._due()
        self._running = {key: task for key, task in self._running.items() if not task.done()}
        for key in due:
            if len(self._running) >= self._most_at_once:
                break
            if key not in self._running:
                self._running[key] = task = asyncio.create_task(self._surely(self._do(key)))
                if self._at_once:
                    task.add_done_callback(lambda _: self._woken.set())

    async def _surely(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (LoomError, SQLAlchemyError, OSError) as error:
            log.warning("done later", what=self._what, error=str(error))


class Listing:
    """What `listed` lists, listed anew after `stale` was set."""

    def __init__(self, listed: Callable[[], Awaitable[None]]) -> None:
        self._listed = listed
        self.stale = True

    async def freshen(self) -> None:
        """Lists when that is due; what fails is due again."""
        if not self.stale:
            return
        self.stale = False
        try:
            await self._listed()
        except BaseException:
            self.stale = True
            raise
