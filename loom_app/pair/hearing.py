"""What a model says is kept piece by piece, before anybody is told of it."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from loom_app.pair import repository
from loom_app.pair.house import House
from loom_app.runs.toolcalls import storable

PIECE_SECONDS = 0.08
"""How long what comes is gathered before it is kept, after the first piece, which is kept at once."""


class Hearing:
    """Hears one answer: call it with each piece of text, within `async with`, at whose end everything is kept."""

    def __init__(self, house: House, run_id: str, number: int) -> None:
        self._house, self._run_id, self._number = house, run_id, number
        self._pieces: list[str] = []
        self._more, self._over = asyncio.Event(), asyncio.Event()
        self.characters = 0

    def __call__(self, piece: str) -> None:
        self._pieces.append(piece)
        self.characters += len(piece)
        self._more.set()

    async def __aenter__(self) -> Self:
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._more.set()
        await self._keeping

    async def _keep(self) -> None:
        while not self._over.is_set():
            await self._more.wait()
            self._more.clear()
            await self._write()
            with suppress(TimeoutError):
                async with asyncio.timeout(PIECE_SECONDS):
                    await self._over.wait()
        await self._write()

    async def _write(self) -> None:
        text = storable("".join(self._pieces))
        self._pieces.clear()
        if text:
            async with self._house.db.write() as tx:
                await repository.heard(tx, self._run_id, self._number, text)
            self._house.tell(self._run_id)
