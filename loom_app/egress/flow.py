"""What goes both ways between a command and a host: counted, bounded, and over when nothing moves."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import h11

from loom_app.egress.book import Contact
from loom_app.egress.reach import Refused
from loom_app.egress.wire import PIECE, Asked

IDLE_SECONDS = 120.0
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Allowance:
    """How many bytes a command may still send and receive."""

    def __init__(self, most: int) -> None:
        self._most = self._left = most

    def take(self, count: int) -> None:
        """Counts what is about to be moved. Raises Refused once it is too much."""
        self._left -= count
        if self._left < 0:
            raise Refused(f"the command has moved more than the {self._most // 2**20:,} MiB that are allowed.")


class Flow:
    """One connection of a command with a host."""

    def __init__(self, near: Ends, far: Ends, contact: Contact, allowance: Allowance) -> None:
        self._near, self._far, self._contact, self._allowance = near, far, contact, allowance
        self._clock = asyncio.get_running_loop().time
        self._moved = self._clock()

    async def tunnel(self, early: bytes) -> None:
        """Passes on whatever either says until both have ended. Raises Refused at the limit."""
        if early:
            await self._send(early)
        await _both(self._up(), self._down())

    async def exchange(self, asked: Asked) -> None:
        """Passes on one request and its answer, and nothing that comes behind the request. Raises Refused."""
        await _both(self._ask(asked), self._down())

    async def _up(self) -> None:
        while data := await self._read(self._near[0]):
            await self._send(data)
        self._far[1].write_eof()

    async def _down(self) -> None:
        while data := await self._read(self._far[0]):
            self._allowance.take(len(data))
            self._contact.received += len(data)
            self._near[1].write(data)
            await self._drained(self._near[1])
        self._near[1].write_eof()

    async def _ask(self, asked: Asked) -> None:
        """The request as h11 read it, so that what the host takes for one request is what was judged."""
        onward = h11.Connection(h11.CLIENT)
        assert asked.onward is not None
        await self._send(onward.send(asked.onward) or b"")
        while True:
            event = asked.heard.next_event()
            if event is h11.NEED_DATA:
                asked.heard.receive_data(await self._read(self._near[0]))
            elif isinstance(event, h11.Data):
                await self._send(onward.send(h11.Data(data=event.data)) or b"")
            elif isinstance(event, h11.EndOfMessage):
                return await self._send(onward.send(h11.EndOfMessage()) or b"")
            else:
                return None

    async def _send(self, data: bytes) -> None:
        self._allowance.take(len(data))
        self._contact.sent += len(data)
        self._far[1].write(data)
        await self._drained(self._far[1])

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        """What comes next. Raises TimeoutError when nothing has moved, either way, for IDLE_SECONDS."""
        while True:
            try:
                async with asyncio.timeout_at(max(self._moved + IDLE_SECONDS, self._clock())):
                    data = await reader.read(PIECE)
            except TimeoutError:
                if self._clock() - self._moved >= IDLE_SECONDS:
                    raise
            else:
                self._moved = self._clock()
                return data

    async def _drained(self, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(IDLE_SECONDS):
            await writer.drain()
        self._moved = self._clock()


async def _both(*ways: Coroutine[Any, Any, None]) -> None:
    """Goes both ways to their ends; the first fault ends the other, too."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
