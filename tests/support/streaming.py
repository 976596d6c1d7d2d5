"""Server-sent events read from the application in this process, as they come."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI

SECONDS = 10.0


class Stream:
    """One open stream. `next` is the next message as its fields; comments come as {"comment": text}.

    Set `gone` for a reader who leaves, clear `taking` for one who takes nothing; `over` is set once the application
    has ended the stream.
    """

    def __init__(self) -> None:
        self.status = 0
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self._left = ""
        self._asked = False
        self.gone, self.over = asyncio.Event(), asyncio.Event()
        self.taking = asyncio.Event()
        self.taking.set()

    async def next(self) -> dict[str, str]:
        """The next message; fails when none comes in time."""
        async with asyncio.timeout(SECONDS):
            while True:
                block, found, rest = self._left.replace("\r\n", "\n").partition("\n\n")
                if found:
                    self._left = rest
                    return _fields(block)
                self._left += (await self._chunks.get()).decode()

    async def event(self) -> dict[str, str]:
        """The next message that is no comment."""
        while "comment" in (message := await self.next()):
            pass
        return message

    async def send(self, message: Mapping[str, Any]) -> None:
        """What the application calls."""
        await self.taking.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            await self._chunks.put(message.get("body", b""))

    async def receive(self) -> dict[str, Any]:
        """What the application asks: the body, which is empty, then whether the reader has left."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}


@asynccontextmanager
async def open_stream(app: FastAPI, path: str, headers: Mapping[str, str], **query: str) -> AsyncIterator[Stream]:
    """A stream that is open within the block."""
    stream = Stream()
    sent = {"host": "127.0.0.1:8080"} | {name.lower(): value for name, value in headers.items()}
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path, "root_path": "",
        "raw_path": path.encode(), "query_string": urlencode(query).encode(), "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080), "asgi": {"version": "3.0"}, "state": {},
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }  # fmt: skip
    task = asyncio.create_task(app(scope, stream.receive, stream.send))
    task.add_done_callback(lambda _: stream.over.set())
    try:
        yield stream
    finally:
        stream.gone.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in block.splitlines():
        name, _, value = line.partition(":")
        fields[name or "comment"] = value.strip()
    return fields
