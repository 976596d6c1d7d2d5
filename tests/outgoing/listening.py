"""An address that takes webhooks on loopback, and says what it was told to say."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class Taken:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """Answers with `status`, or hangs while `hangs` is set; keeps what came."""

    status: int = 204
    hangs: bool = False
    taken: list[Taken] = field(default_factory=list)
    url: str = ""
    origin: str = ""
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> "Listener":
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.url = f"{self.origin}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:-2])
        }
        self.taken.append(Taken(headers, await reader.readexactly(int(headers["content-length"]))))
        if self.hangs:
            await reader.read()  # until the other side gives up
        else:
            more = "Location: http://127.0.0.1:1/\r\n" if self.status == 302 else ""
            writer.write(f"HTTP/1.1 {self.status} x\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()
