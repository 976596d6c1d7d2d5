"""What a command prints: all of it is read, only its beginning and end are kept."""

import asyncio
import codecs
from collections.abc import Callable


class Capture(asyncio.Protocol):
    """The reader of one pipe; `keep` bytes are held, two thirds of them from the start and one from the end.

    `flooded` is called once when more than `most` bytes have come.
    """

    def __init__(self, keep: int, most: int, flooded: Callable[[], None] = lambda: None) -> None:
        self.total = 0
        self.closed = asyncio.Event()
        self._head, self._tail = bytearray(), bytearray()
        self._head_size = keep * 2 // 3
        self._tail_size = keep - self._head_size
        self._most, self._flooded = most, flooded
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport, to be able to end it."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Count all, keep the edges."""
        before, self.total = self.total, self.total + len(data)
        room = self._head_size - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._tail_size:
            del self._tail[: len(self._tail) - self._tail_size]
        if before <= self._most < self.total:
            self._flooded()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The last writer is gone."""
        self.closed.set()

    async def end(self, seconds: float) -> None:
        """Wait for the last writer, but no longer than this."""
        try:
            async with asyncio.timeout(seconds):
                await self.closed.wait()
        except TimeoutError:
            if self._transport:
                self._transport.close()

    @property
    def left_out(self) -> int:
        """How many bytes are not in `text`."""
        return max(0, self.total - self._head_size - self._tail_size)

    @property
    def text(self) -> str:
        """What was kept; a line in the middle tells how much is missing there."""
        if not self.left_out:
            return _decoded(bytes(self._head + self._tail))
        # Incomplete characters at the two edges of the gap belong to what was left out.
        head = codecs.getincrementaldecoder("utf-8")("replace").decode(bytes(self._head))
        tail = bytes(self._tail[-self._tail_size :])
        while tail and tail[0] & 0xC0 == 0x80:
            tail = tail[1:]
        return f"{_clean(head)}\n[… {self.left_out:,} bytes left out …]\n{_decoded(tail)}"


def _decoded(data: bytes) -> str:
    return _clean(data.decode(errors="replace"))


def _clean(text: str) -> str:
    # Databases refuse NUL in text.
    return text.replace("\0", "\ufffd")
