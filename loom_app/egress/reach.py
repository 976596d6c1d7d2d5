"""Reaching a host by an address that was judged: the name is resolved once and never asked for again."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from loom_app.kernel.addresses import Address, embedded, refusal
from loom_app.kernel.errors import LoomError

RESOLVE_SECONDS = 10.0
CONNECT_SECONDS = 10.0
MOST_TRIED = 4
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


class Refused(LoomError):
    """A connection that is not made, or cut: why and what to do, to be read after the host's name."""

    code = "network_refused"

    def __init__(self, why: str, status: int = 403) -> None:
        super().__init__(why)
        self.status = status


async def addresses(host: str, port: int) -> Sequence[Address]:
    """What the machine's resolver knows of a name, in its order. Raises Refused when it knows nothing."""
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as error:
        raise Refused("its name cannot be resolved. Check its spelling.", 502) from error
    texts = dict.fromkeys(str(entry[4][0]).split("%", 1)[0] for entry in found)
    return [ip_address(text) for text in texts]


async def reach(
    host: str, port: int, *, private: bool, resolve: Resolve = addresses
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, str]:
    """A connection to a host, and the address it was made to. Raises Refused.

    Where one address of the name is not of the public internet, none is tried, unless `private` allows such.
    """
    found = await resolve(host, port)
    for address in found:
        _judge(address, private=private)
    for address in found[:MOST_TRIED]:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(str(address), port)
        except (OSError, TimeoutError):
            continue
        return reader, writer, str(address)
    raise Refused("it does not answer. Try again in a while.", 502)


def _judge(address: Address, *, private: bool) -> None:
    why = refusal(address, private_allowed=private)
    if why is None and embedded(address):
        why = f"{address} wraps another address"
    if why:
        raise Refused(f"its name leads inside: {why}.")
