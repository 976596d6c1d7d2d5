"""The one way out of a sandbox: a port of its own loopback, whose connections are answered on this side of the wall.

The socket that listens is made inside by the keeper and handed out, so there is nothing in the sandbox but the port:
no program that could be stopped, no file, and no way for one sandbox to the port of another.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from typing import Any

PORT = 3128
"""As proxies usually have."""
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Outlet:
    """The way out of one command; what it says there is answered by `answer`. Call `close` in any case."""

    def __init__(self, answer: Answer) -> None:
        self._answer, self._loop = answer, asyncio.get_running_loop()
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._talks: set[asyncio.Task[None]] = set()
        self._opening: asyncio.Task[asyncio.Server] | None = None
        self._loop.add_reader(self._ours, self._take)

    def lent(self, stack: ExitStack) -> int:
        """The descriptor for the keeper, ours until the stack is closed."""
        stack.callback(self._theirs.close)
        return self._theirs.fileno()

    async def close(self) -> None:
        """Ends what is still said, at once."""
        self._hang_up()
        self._theirs.close()
        if self._opening:
            with suppress(OSError):
                (await self._opening).close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _take(self) -> None:
        """The keeper has handed out what listens, or is gone."""
        _, fds, _, _ = socket.recv_fds(self._ours, 1, 1)
        self._hang_up()
        for fd in fds:
            listener = socket.socket(fileno=fd)
            self._opening = self._loop.create_task(asyncio.start_server(self._begin, sock=listener))

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = self._loop.create_task(self._answer(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    def _hang_up(self) -> None:
        if self._ours.fileno() >= 0:
            self._loop.remove_reader(self._ours)
            self._ours.close()


def environment() -> dict[str, str]:
    """The variables by which programs find the way out."""
    proxy, near = f"http://127.0.0.1:{PORT}", "localhost,127.0.0.1,::1"
    named = {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "NO_PROXY": near}
    return {**named, **{name.lower(): value for name, value in named.items()}}
