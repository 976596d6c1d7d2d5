"""What is asked of an HTTP proxy: CONNECT to a host for anything at all, or one plain request to http://."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import h11

from loom_app.egress.hosts import named
from loom_app.egress.reach import Refused

HEAD_BYTES = 32_768
HEAD_SECONDS = 10.0
PIECE = 65_536
ONE_HOP = frozenset({b"connection", b"proxy-connection", b"proxy-authorization", b"keep-alive", b"te", b"upgrade"})
"""Headers that are between a program and its proxy alone."""


@dataclass(frozen=True)
class Asked:
    """One request, for a port of a host; `place` is what it said where that is no name.

    `heard` has the rest of what came with it, and `onward` is the request as the host is sent it: None for a tunnel.
    """

    heard: h11.Connection
    place: str
    host: str | None
    port: int
    onward: h11.Request | None = None


async def asked_for(reader: asyncio.StreamReader) -> Asked | None:
    """The first request on a connection; None when none comes. Raises Refused for what is none to a proxy."""
    heard = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            event = await next_event(heard, reader)
    except h11.RemoteProtocolError as error:
        raise Refused(f"what was sent is no HTTP request ({error}).", 400) from error
    except (TimeoutError, OSError):
        return None
    return _asked(heard, event) if isinstance(event, h11.Request) else None


async def next_event(heard: h11.Connection, reader: asyncio.StreamReader) -> Any:
    """What comes next. Raises h11.RemoteProtocolError for what HTTP does not know, also an end in the middle."""
    while (event := heard.next_event()) is h11.NEED_DATA:
        heard.receive_data(await reader.read(PIECE))
    return event


def refusal(refused: Refused, place: str) -> bytes:
    """The answer to a request that goes nowhere."""
    text = f"Loom's proxy refused {place}: {refused}\n".encode()
    head = f"HTTP/1.1 {refused.status} Refused by Loom\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}"
    return f"{head}\r\nConnection: close\r\n\r\n".encode() + text


def _asked(heard: h11.Connection, request: h11.Request) -> Asked:
    target = request.target.decode("ascii")
    if request.method == b"CONNECT":
        place, _, port = target.rpartition(":")
        return Asked(heard, place[:100], named(place), _port(port))
    parts = _split(target)
    if parts.scheme != "http" or not parts.hostname or "@" in parts.netloc:
        raise Refused("a proxy is asked for http://host/path, or by CONNECT.", 400)
    return Asked(heard, parts.hostname[:100], named(parts.hostname), parts.port or 80, _onward(request, parts))


def _split(target: str) -> SplitResult:
    try:
        parts = urlsplit(target)
        _ = parts.port
    except ValueError as error:
        raise Refused("its address cannot be read.", 400) from error
    return parts


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise Refused("CONNECT takes host:port.", 400)
    return int(text)


def _onward(request: h11.Request, parts: SplitResult) -> h11.Request:
    """The request for its host alone: nothing for the proxy in it, and the name that was judged as its Host."""
    meant = b",".join(value for name, value in request.headers if name == b"connection").lower()
    left_out = ONE_HOP | {b"host"} | {name.strip() for name in meant.split(b",")}
    left_out |= {b"content-length"} if any(name == b"transfer-encoding" for name, _ in request.headers) else set()
    kept = [(name, value) for name, value in request.headers if name not in left_out]
    path = urlunsplit(("", "", parts.path or "/", parts.query, "")).encode("ascii")
    headers = [(b"host", parts.netloc.encode("ascii")), *kept, (b"connection", b"close")]
    return h11.Request(method=request.method, target=path, headers=headers)
