"""The proxy of a command: where it goes, where it does not, and what it tells of that."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from typing import Any

import pytest

from loom_app.egress import flow, proxy, wire
from loom_app.egress.proxy import Policy, Proxy
from loom_app.kernel.addresses import Address
from loom_app.sandbox.outlet import Answer

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Site:
    """A server on this machine that keeps what it is told, and the names that lead to it."""

    def __init__(self) -> None:
        self.port = 0
        self.heard: list[bytes] = []
        self.leads: dict[str, list[str]] = {"site.example": ["127.0.0.1"]}
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes one request, or bytes until a stop, and answers."""
        data = more = await reader.read(65_536)
        while more and not (b"\r\n\r\n" in data or data.endswith(b".")):
            data += (more := await reader.read(65_536))
        self.heard.append(data)
        with suppress(ConnectionError):
            writer.write(ANSWER)
            await writer.drain()
        writer.close()

    async def resolve(self, host: str, _: int) -> Sequence[Address]:
        """What its names lead to, each in turn where there are several answers."""
        self.asked.append(host)
        return [ip_address(text) for text in self.leads[host]]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    async with served(made.serve) as made.port:
        yield made


@asynccontextmanager
async def between(site: Site, **more: Any) -> AsyncIterator[tuple[Proxy, int]]:
    """A proxy that lets through site.example and its port, and the port it is reached at."""
    allowed = f"site.example:{site.port}"
    policy = Policy(**{"hosts": (allowed, "*.wide.example:80"), "private": (allowed,), "resolve": site.resolve, **more})
    made = Proxy(policy)
    async with served(made.answer) as port:
        yield made, port


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[int]:
    """The port of a server that lives as long as the block, and its connections with it."""
    talks: list[asyncio.Task[None]] = []

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.ensure_future(answer(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for talk in talks:
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)
    await asyncio.sleep(0)


async def say(port: int, said: bytes, *, then: bytes = b"") -> bytes:
    """All that is answered to what is said; `then` follows once something was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(20):
            writer.write(said)
            first = await reader.read(65_536)
            if then:
                writer.write(then)
            return first + await reader.read(-1)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def get(site: Site, *headers: str, host: str = "site.example", body: bytes = b"", method: str = "GET") -> bytes:
    lines = [f"{method} http://{host}:{site.port}/a?b=c HTTP/1.1", f"Host: {host}:{site.port}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def test_a_tunnel(site: Site) -> None:
    async with between(site) as (made, port):
        answer = await say(port, f"CONNECT site.example:{site.port} HTTP/1.0\r\n\r\n".encode(), then=b"any bytes.")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(ANSWER)
    assert site.heard == [b"any bytes."]
    (contact,) = made.told()
    assert contact == {
        "host": "site.example", "port": site.port, "refused": "", "address": "127.0.0.1", "times": 1,
        "sent": len(b"any bytes."), "received": len(ANSWER),
    }  # fmt: skip


async def test_bytes_that_come_with_the_request_for_a_tunnel(site: Site) -> None:
    async with between(site) as (_, port):
        await say(port, f"CONNECT SITE.example.:{site.port} HTTP/1.1\r\nHost: x\r\n\r\nearly.".encode())
    assert site.heard == [b"early."]


async def test_a_plain_request_is_told_to_its_host_alone(site: Site) -> None:
    headers = (
        "Proxy-Authorization: Basic c2VjcmV0", "Connection: keep-alive, x-mine", "X-Mine: 1", "X-Other: 2",
        "Proxy-Connection: keep-alive",
    )  # fmt: skip
    async with between(site) as (_, port):
        answer = await say(port, get(site, *headers))
    assert answer == ANSWER
    (heard,) = site.heard
    assert heard.startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert f"host: site.example:{site.port}".encode() in heard.lower()
    assert b"x-other: 2" in heard.lower()
    assert b"connection: close" in heard.lower()
    assert not any(word in heard.lower() for word in (b"proxy", b"x-mine", b"keep-alive"))


async def test_the_host_header_is_the_name_that_was_judged(site: Site) -> None:
    said = f"GET http://site.example:{site.port}/ HTTP/1.1\r\nHost: inner.corp\r\n\r\n".encode()
    async with between(site) as (_, port):
        await say(port, said)
    assert b"inner.corp" not in site.heard[0]


@pytest.mark.parametrize("framing", ["Content-Length: 5", "Transfer-Encoding: chunked"])
async def test_nothing_passes_behind_a_request(site: Site, framing: str) -> None:
    body = b"5\r\nhello\r\n0\r\n\r\n" if "chunked" in framing else b"hello"
    second = b"GET http://inner.corp/secret HTTP/1.1\r\nHost: inner.corp\r\n\r\n"
    async with between(site) as (made, port):
        assert await say(port, get(site, framing, body=body + second, method="POST")) == ANSWER
    assert b"hello" in site.heard[0] or site.heard[0].endswith(b"\r\n\r\n")
    assert b"inner.corp" not in b"".join(site.heard)
    assert [contact["host"] for contact in made.told()] == ["site.example"]


async def test_two_lengths_are_no_request(site: Site) -> None:
    async with between(site) as (_, port):
        answer = await say(port, get(site, "Content-Length: 5", "Content-Length: 50", method="POST"))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert site.heard == []


REFUSED = {
    "another host": "evil.example:{port}",
    "another port": "site.example:1",
    "a name that ends alike": "notsite.example:{port}",
    "a name that begins alike": "site.example.evil.example:{port}",
    "an address": "127.0.0.1:{port}",
    "an address by IPv6": "[::1]:{port}",
    "an address in another notation": "2130706433:{port}",
    "an address in short": "127.1:{port}",
    "an address in hexadecimal": "0x7f.0.0.1:{port}",
    "the machine itself": "localhost:{port}",
    "a cloud": "169.254.169.254:80",
    "a name with a user": "site.example@evil.example:{port}",
    "a name with a path": "evil.example/site.example:{port}",
}


@pytest.mark.parametrize("place", REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_not_listed_is_refused_and_told(site: Site, place: str) -> None:
    target = place.format(port=site.port)
    async with between(site) as (made, port):
        tunnelled = await say(port, f"CONNECT {target} HTTP/1.0\r\n\r\n".encode(), then=b"x.")
        asked = await say(port, f"GET http://{target}/ HTTP/1.1\r\nHost: site.example\r\n\r\n".encode())
    assert tunnelled.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 400 "))
    assert asked.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 400 "))
    assert (site.heard, site.asked) == ([], [])
    assert sum(contact["times"] for contact in made.told()) == 2
    assert all(contact["refused"] and not contact["received"] for contact in made.told())


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 600, b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n",
        b"GET https://site.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET ftp://site.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT site.example HTTP/1.0\r\n\r\n", b"CONNECT site.example:x HTTP/1.0\r\n\r\n",
        b"CONNECT :443 HTTP/1.0\r\n\r\n",
        b"CONNECT site.example:99999 HTTP/1.0\r\n\r\n", b"GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://a:b/ HTTP/1.1\r\nHost: x\r\n\r\n", b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://u:p@site.example/ HTTP/1.1\r\nHost: x\r\n\r\n", b"x" * 70_000,
        b"GET http://site.example/ HTTP/1.1\r\n" + b"a: " + b"b" * 70_000 + b"\r\n\r\n",
    ],
)  # fmt: skip
async def test_what_is_no_request_to_a_proxy(site: Site, said: bytes) -> None:
    async with between(site) as (made, port):
        answer = await say(port, said)
    assert answer.startswith((b"HTTP/1.1 4", b""))
    assert b"200" not in answer[:20]
    assert site.heard == []
    assert all(contact["refused"] for contact in made.told())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "169.254.169.254",
        "100.64.1.1",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::808:808",
        "2002:7f00:1::",
    ],
)
async def test_a_name_that_leads_inside_is_refused(site: Site, address: str) -> None:
    site.leads["a.wide.example"] = ["93.184.215.14", address]
    async with between(site) as (made, port):
        answer = await say(port, b"CONNECT a.wide.example:80 HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert "its name leads inside" in made.told()[0]["refused"]


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "0.0.0.0"])
async def test_a_private_host_leads_to_no_cloud_all_the_same(site: Site, address: str) -> None:
    site.leads["site.example"] = [address]
    async with between(site) as (_, port):
        answer = await say(port, f"CONNECT site.example:{site.port} HTTP/1.0\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 403 ")


async def test_a_name_is_asked_for_once_and_connected_to_as_judged(site: Site) -> None:
    """A resolver that answers otherwise the second time is never asked a second time."""
    async with between(site) as (_, port):
        await say(port, get(site))
    assert site.asked == ["site.example"]


async def test_a_host_that_does_not_answer(site: Site) -> None:
    site.leads["site.example"] = ["127.0.0.2"]
    async with between(site) as (made, port):
        answer = await say(port, f"CONNECT site.example:{site.port} HTTP/1.0\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert made.told()[0]["refused"] == "it does not answer. Try again in a while."


async def test_more_bytes_than_are_allowed(site: Site) -> None:
    async with between(site, most_bytes=100_000) as (made, port):
        await say(port, f"CONNECT site.example:{site.port} HTTP/1.0\r\n\r\n".encode(), then=b"x" * 300_000)
        after = await say(port, get(site))
    assert site.heard in ([], [b""]) or len(site.heard[0]) <= 100_000
    assert any("MiB that are allowed" in contact["refused"] for contact in made.told())
    assert ANSWER not in after


async def test_more_connections_than_are_allowed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "MOST_CONNECTIONS", 1)
    async with between(site) as (made, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"CONNECT site.example:{site.port} HTTP/1.0\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        assert ANSWER not in await say(port, get(site))
        writer.close()
    assert any("connections are open" in contact["refused"] for contact in made.told())


async def test_who_says_nothing_is_let_go(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.05)
    async with between(site) as (_, port):
        assert await say(port, b"GET http://site") == b""


async def test_a_tunnel_in_which_nothing_moves_is_cut(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "IDLE_SECONDS", 0.05)
    async with between(site) as (_, port):
        answer = await say(port, f"CONNECT site.example:{site.port} HTTP/1.0\r\n\r\n".encode(), then=b"half")
    assert answer == b"HTTP/1.1 200 Connection established\r\n\r\n"


async def test_the_book_is_bounded(site: Site) -> None:
    made = Proxy(Policy(("site.example:1",)))
    async with served(made.answer) as port:
        for number in range(60):
            await say(port, f"CONNECT h{number}.example:1 HTTP/1.0\r\n\r\n".encode())
    assert len(made.told()) == 51
    assert made.told()[-1]["times"] == 10
