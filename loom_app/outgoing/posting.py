"""One message to one address: over a guarded connection, no redirects, within a time, little of the answer read."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from loom_app.kernel.errors import LoomError
from loom_app.kernel.guarded import GuardedTransport
from loom_app.outgoing.targets import checked, is_allowed

SECONDS = 15.0
READ = 2_000
"""How many bytes of an answer are read; what it says is not kept."""
USER_AGENT = "Loom-Webhooks/1"
TIMEOUTS = {"connect": 5.0, "read": SECONDS, "write": SECONDS, "pool": SECONDS}


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt; `problem` is empty when the message was taken."""

    answer: int | None
    problem: str
    took_ms: int

    @property
    def is_gone(self) -> bool:
        """Whether whoever is there wants no more messages."""
        return self.answer == 410


class Poster:
    """Sends to addresses of the world, and to the origins `allowed` wherever they are."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = allowed
        self._ways = {private: GuardedTransport(private_allowed=private) for private in (False, True)}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Sends the message; a fault of the way is an outcome like any other."""
        begun, answer = time.monotonic(), None
        try:
            checked(url, self._allowed)
            async with asyncio.timeout(SECONDS):
                answer = await self._answer(url, body, headers)
            problem = "" if 200 <= answer < 300 else _refused(answer)
        except TimeoutError:
            problem = f"No answer within {SECONDS:g} s."
        except LoomError as error:
            problem = error.message
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = f"Not reached: {str(error)[:300] or type(error).__name__}."
        return Outcome(answer, problem, round((time.monotonic() - begun) * 1_000))

    async def close(self) -> None:
        """Ends the connections."""
        for way in self._ways.values():
            await way.aclose()

    async def _answer(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. The transport itself is asked: it follows nothing and keeps no cookies."""
        given = {"Content-Type": "application/json", "User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
        request = httpx.Request("POST", url, content=body, headers=given, extensions={"timeout": TIMEOUTS})
        response = await self._ways[is_allowed(url, self._allowed)].handle_async_request(request)
        try:
            read = 0
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > READ:
                    break
        finally:
            await response.aclose()
        return response.status_code


def _refused(status: int) -> str:
    if 300 <= status < 400:
        return f"Answered {status}: Loom follows no redirects. Enter the address it leads to."
    return f"Answered {status}; any status from 200 to 299 is taken for delivered."
