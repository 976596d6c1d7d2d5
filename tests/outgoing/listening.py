"""An address that takes webhooks on loopback, and says what it was told to say."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Taken:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """Answers with `status`, or hangs, or drips or pours without end while it is to; keeps what came."""

    status: int = 204
    hangs: bool = False
    drips: float = 0.0
    """Seconds between two bytes of an answer that never ends."""
    pours: bool = False
    poured: int = 0
    taken: list[Taken] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    origin: str = ""
    _server: asyncio.Server | None = None
    _answers: set["asyncio.Task[None]"] = field(default_factory=set)

    async def __aenter__(self) -> "Listener":
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.url = f"{self.origin}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for answer in self._answers:
            answer.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._answer(reader, writer))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._say(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _say(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:-2])
        }
        self.taken.append(Taken(headers, await reader.readexactly(int(headers["content-length"]))))
        self.came.set()
        if self.hangs:
            await reader.read()  # until the other side gives up
        elif self.drips or self.pours:
            with suppress(ConnectionError):
                await self._go_on(writer)
        else:
            more = "Location: http://127.0.0.1:1/\r\n" if self.status == 302 else ""
            writer.write(f"HTTP/1.1 {self.status} x\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())

    async def _go_on(self, writer: asyncio.StreamWriter) -> None:
        """An answer without end: a byte at a time, or as much as is taken."""
        writer.write(b"HTTP/1.1 200 x\r\nConnection: close\r\n\r\n")
        while True:
            piece = b"x" if self.drips else b"x" * 65_536
            writer.write(piece)
            await writer.drain()
            self.poured += len(piece)
            await asyncio.sleep(self.drips)
