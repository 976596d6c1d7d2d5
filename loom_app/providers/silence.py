"""How long a stream may be silent: before its first piece, between two pieces, and after the last one."""

import asyncio
from collections.abc import Awaitable

from loom_app.providers.chat import Timeouts
from loom_app.providers.errors import ProviderError
from loom_app.providers.reply import ReplyBuilder

USAGE_GRACE, END_GRACE = 10.0, 1.0
"""Seconds a stream may go on after the model has finished: for the usage to come, and after the end mark."""


class Silence:
    """Times the gaps of one stream. Bytes that complete no event, such as comments, do not end a gap."""

    def __init__(self, host: str, timeouts: Timeouts) -> None:
        self._host, self._timeouts = host, timeouts
        self._clock = asyncio.get_running_loop().time
        self._since = self._clock()
        self._begun = False

    def over(self) -> None:
        """An event has come."""
        self._since, self._begun = self._clock(), True

    async def broken_by(self, bytes_: Awaitable[bytes | None], reply: ReplyBuilder) -> bytes | None:
        """The next bytes. Raises ProviderError of kind timeout when the gap has grown too long."""
        allowed = self._allowed(reply)
        try:
            async with asyncio.timeout_at(self._since + allowed):
                return await bytes_
        except TimeoutError as error:
            raise self._too_long(allowed) from error

    def _allowed(self, reply: ReplyBuilder) -> float:
        if reply.done:
            return END_GRACE
        if reply.ended:
            return min(USAGE_GRACE, self._timeouts.idle)
        return self._timeouts.idle if self._begun else self._timeouts.first

    def _too_long(self, allowed: float) -> ProviderError:
        what = "stopped in the middle of its answer and sent nothing" if self._begun else "did not begin to answer"
        return ProviderError(
            f"{self._host} {what} for {allowed:g} seconds. Try again later, choose a faster model or look at the "
            "provider's own log.",
            kind="timeout",
        )
