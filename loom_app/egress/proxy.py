"""The proxy of one command: it is taken to the hosts of its project, by names, and to no others."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import h11

from loom_app.egress.book import Book, Contact
from loom_app.egress.flow import Allowance, Ends, Flow
from loom_app.egress.hosts import allows
from loom_app.egress.reach import Refused, Resolve, addresses, reach
from loom_app.egress.wire import Asked, asked_for, refusal
from loom_app.kernel.log import get_logger

MOST_CONNECTIONS = 64
MOST_NAMED = 20
log = get_logger(__name__)


@dataclass(frozen=True)
class Policy:
    """What a command may reach: the checked patterns `hosts`, of which those in `private` may be in private networks.

    `run` is who asks, for the log.
    """

    hosts: Sequence[str]
    private: Sequence[str] = ()
    most_bytes: int = 2**30
    run: str = ""
    resolve: Resolve = addresses


class Proxy:
    """Answers the connections of one command and keeps what became of them."""

    def __init__(self, policy: Policy) -> None:
        self._policy, self._book = policy, Book()
        self._allowance, self._open = Allowance(policy.most_bytes), 0

    def told(self) -> list[dict[str, Any]]:
        """What was asked for and what came of it, as plain data."""
        return self._book.told()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection from its first byte to its last."""
        self._open += 1
        try:
            with suppress(OSError, TimeoutError, h11.ProtocolError):
                await self._serve((reader, writer))
        finally:
            self._open -= 1
            writer.close()

    async def _serve(self, near: Ends) -> None:
        asked: Asked | None = None
        try:
            self._check_room()
            if (asked := await asked_for(near[0])) is None:
                return None
            far_reader, far_writer, address = await self._reached(asked)
        except Refused as refused:
            self._note(asked, refused.message)
            near[1].write(refusal(refused, f"{asked.place}:{asked.port}" if asked else "the connection"))
            return await near[1].drain()
        try:
            contact = self._note(asked, address=address)
            await self._pass_on(asked, Flow(near, (far_reader, far_writer), contact, self._allowance), near[1])
        except Refused as refused:
            self._note(asked, refused.message)
        finally:
            far_writer.close()

    def _check_room(self) -> None:
        if self._open > MOST_CONNECTIONS:
            raise Refused(f"more than {MOST_CONNECTIONS} connections are open at once.", 503)

    async def _reached(self, asked: Asked) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, str]:
        host = self._judged(asked)
        private = allows(self._policy.private, host, asked.port)
        return await reach(host, asked.port, private=private, resolve=self._policy.resolve)

    async def _pass_on(self, asked: Asked, flow: Flow, near: asyncio.StreamWriter) -> None:
        if asked.onward is not None:
            return await flow.exchange(asked)
        near.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return await flow.tunnel(asked.heard.trailing_data[0])

    def _judged(self, asked: Asked) -> str:
        if asked.host is None:
            raise Refused("it is an address or no name of a host; hosts are reached by their names.")
        if not allows(self._policy.hosts, asked.host, asked.port):
            named = ", ".join(self._policy.hosts[:MOST_NAMED])
            raise Refused(f"it is not among the hosts that this project allows: {named}.")
        return asked.host

    def _note(self, asked: Asked | None, refused: str = "", address: str = "") -> Contact:
        host, port = (asked.host or asked.place, asked.port) if asked else ("", 0)
        contact = self._book.note(host, port, refused, address)
        if contact.times == 1:
            say = log.warning if refused else log.info
            say("egress", run=self._policy.run, host=host, port=port, refused=refused, address=address)
        return contact
