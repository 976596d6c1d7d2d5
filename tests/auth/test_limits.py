"""How often one may ask: counted for addresses, users and keys apart, with an honest word on how long to wait."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import throttled.utils
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from starlette.requests import Request

from loom_app.api.app import create_api, running
from loom_app.auth.limits import REMEMBERED, Limits, kind_of, network_of, rate_of
from loom_app.config import Api, Settings
from loom_app.config import Limits as LimitSettings
from loom_app.kernel.actor import Actor
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import TooMany
from tests.support import people
from tests.support.streaming import open_stream

STREAM = "/api/v1/events/stream"
Serve = Callable[..., FastAPI]


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the quotas."""
    made = Clock()
    monkeypatch.setattr(throttled.utils, "now_mono_f", made)
    return made


@pytest.fixture
def serve(settings: Settings, db: Database, vault: Vault) -> Serve:
    """Makes the application with limits, and settings of where it is reached."""

    def made(limits: dict[str, int], **api: Any) -> FastAPI:
        update = {"limits": LimitSettings(**limits), "api": Api(**api)}
        return create_api(settings.model_copy(update=update), db, vault)

    return made


def asked(address: str = "192.0.2.1", method: str = "GET", path: str = "/api/v1/beads") -> dict[str, Any]:
    """What the server says of a request from `address`."""
    return {"type": "http", "method": method, "path": path, "client": (address, 1), "headers": []}


def somebody(user_id: str = "user-1", key_id: str = "") -> Actor:
    return Actor("user", user_id, user_id, frozenset(), key_id=key_id)


def too_many(answer: Response, whose: str, seconds: int) -> None:
    """Checks that it is a refusal that says whose limit is reached and for how long."""
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == str(seconds)
    body = answer.json()
    assert (body["code"], body["retry_after"]) == ("too_many_requests", seconds)
    assert whose in body["error"]
    assert f"Wait {seconds} s" in body["error"]


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/api/v1/auth/login", "credentials"),
        ("POST", "/api/v1/auth/setup", "credentials"),
        ("POST", "/api/v1/auth/totp/confirm", "credentials"),
        ("DELETE", "/api/v1/auth/api-keys/1", "credentials"),
        ("POST", "/api/v1/auth/users", "writes"),
        ("PATCH", "/api/v1/auth/users/1", "writes"),
        ("GET", "/api/v1/auth/me", "reads"),
        ("POST", "/api/v1/beads", "writes"),
        ("TRACE", "/api/v1/beads", "writes"),
        ("GET", "/board", "reads"),
        ("HEAD", "/api/v1/health", "reads"),
        ("POST", "/api/v1/projects/p/beads/import", "transfers"),
        ("GET", "/api/v1/audit/export", "transfers"),
        ("GET", STREAM, "streams"),
    ],
)
def test_requests_fall_into_classes(method: str, path: str, kind: str) -> None:
    assert kind_of(method, path) == kind


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("nonsense", "unknown"),
    ],
)
def test_one_customer_counts_as_one_address(address: str, counted_as: str) -> None:
    assert network_of({"client": (address, 1)}) == counted_as
    assert network_of({"client": None}) == "unknown"


async def test_the_wait_that_is_told_is_the_wait_that_helps(clock: Clock) -> None:
    limits = Limits(LimitSettings(reads=20, together=1))
    for _ in range(20):
        await limits.admit_address(asked())
    with pytest.raises(TooMany) as refused:
        await limits.admit_address(asked())
    assert refused.value.extra["retry_after"] == 3
    clock.now += 2.9
    with pytest.raises(TooMany):
        await limits.admit_address(asked())
    clock.now += 0.1
    await limits.admit_address(asked())
    with pytest.raises(TooMany):
        await limits.admit_address(asked())
    clock.now += 60
    for _ in range(20):
        await limits.admit_address(asked())


async def test_a_refused_request_costs_nothing(clock: Clock) -> None:
    limits = Limits(LimitSettings(writes=60, together=1))
    for _ in range(60):
        await limits.admit_address(asked(method="POST"))
    for _ in range(500):
        with pytest.raises(TooMany):
            await limits.admit_address(asked(method="POST"))
    clock.now += 1
    await limits.admit_address(asked(method="POST"))


async def test_addresses_classes_users_and_keys_are_counted_apart(clock: Clock) -> None:
    limits = Limits(LimitSettings(reads=1, writes=1, together=1))
    await limits.admit_address(asked())
    await limits.admit_address(asked("192.0.2.2"))
    await limits.admit_address(asked(method="POST"))
    for actor in (somebody("a"), somebody("b"), somebody("c", key_id="key-1")):
        await limits.admit_actor(Request(asked()), actor)
        with pytest.raises(TooMany):
            await limits.admit_actor(Request(asked()), actor)
    with pytest.raises(TooMany):
        await limits.admit_address(asked())


async def test_more_keys_do_not_make_a_user_more_than_so_much_faster(clock: Clock) -> None:
    limits = Limits(LimitSettings(reads=5, together=2))
    for number in range(10):
        await limits.admit_actor(Request(asked()), somebody(key_id=f"key-{number}"))
    with pytest.raises(TooMany, match="this user's sessions and API keys"):
        await limits.admit_actor(Request(asked()), somebody(key_id="key-10"))


async def test_zero_sets_no_limit() -> None:
    limits = Limits(LimitSettings(reads=0))
    scope = asked()
    for _ in range(500):
        await limits.admit_address(scope)
    assert rate_of(scope) is None


async def test_many_addresses_do_not_fill_the_memory() -> None:
    limits = Limits(LimitSettings())
    for number in range(REMEMBERED + 500):
        await limits.admit_address(asked(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"))
    store: Any = limits._addresses._by_kind["reads"].limiter._store._backend
    assert len(store._client) == len(store.expire_info) == REMEMBERED


async def test_who_asks_too_often_is_told_in_problem_details(serve: Serve, clock: Clock) -> None:
    async with people.browser(serve({"reads": 2, "together": 1})) as http:
        for left in (1, 0):
            answer = await http.get("/api/v1/health")
            assert answer.status_code == 200
            assert answer.headers["ratelimit-policy"] == '"reads";q=2;w=60'
            assert answer.headers["ratelimit"].startswith(f'"reads";r={left};t=')
        too_many(await http.get("/api/v1/health"), "this address", 30)
        assert (await http.post("/api/v1/auth/logout")).status_code == 204


async def test_strangers_are_stopped_before_anybody_looks_them_up(serve: Serve, clock: Clock) -> None:
    async with people.browser(serve({"credentials": 1, "together": 2})) as http:
        guess = {"username": "admin", "password": "a wrong guess 17"}
        statuses = [(await http.post("/api/v1/auth/login", json=guess)).status_code for _ in range(4)]
        assert statuses == [401, 401, 429, 429]


async def test_a_user_has_a_limit_wherever_they_ask_from(serve: Serve, clock: Clock) -> None:
    app = serve({"reads": 2, "together": 10})
    async with people.signed_in(app, "admin", "ann") as first, people.signed_in(app, "viewer", "bob") as second:
        assert [(await first.get("/api/v1/beads")).status_code for _ in range(2)] == [200, 200]
        too_many(await first.get("/api/v1/beads"), "this user", 30)
        elsewhere = AsyncClient(transport=ASGITransport(app, client=("192.0.2.9", 1)), base_url="http://127.0.0.1")
        async with elsewhere as http:
            answer = await http.get("/api/v1/beads", headers={"Authorization": first.headers["Authorization"]})
            too_many(answer, "this user", 30)
        assert (await second.get("/api/v1/beads")).status_code == 200


FORGED = [
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Real-IP": "203.0.113.9"},
    {"Forwarded": "for=203.0.113.9"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"CF-Connecting-IP": "203.0.113.9"},
]


async def test_nobody_gets_a_new_limit_by_claiming_another_address(serve: Serve, clock: Clock) -> None:
    async with people.browser(serve({"reads": 1, "together": 1})) as http:
        assert (await http.get("/api/v1/health")).status_code == 200
        for headers in FORGED:
            assert (await http.get("/api/v1/health", headers=headers)).status_code == 429, headers


@pytest.fixture
async def behind(serve: Serve, clock: Clock) -> AsyncIterator[AsyncClient]:
    """A client whose requests come through two trusted proxies, of which the nearer is the peer."""
    app = serve({"reads": 1, "together": 1}, trusted_proxies=["127.0.0.1", "10.0.0.0/8"])
    async with people.browser(app) as http:
        yield http


async def test_a_trusted_proxy_is_believed_as_far_as_it_saw(behind: AsyncClient) -> None:
    async def status(*forwarded: str) -> int:
        headers = [("X-Forwarded-For", value) for value in forwarded]
        return (await behind.get("/api/v1/health", headers=headers)).status_code

    assert await status("198.51.100.1") == 200
    assert await status("203.0.113.9, 198.51.100.1") == 429, "what stands left of the caller is the caller's own word"
    assert await status("203.0.113.9", "198.51.100.1, 10.1.2.3") == 429, "10.1.2.3 is ours, 198.51.100.1 is the caller"
    assert await status("198.51.100.2") == 200


async def test_five_streams_and_no_more(serve: Serve) -> None:
    app = serve({"streams_per_user": 2})
    async with running(app), people.signed_in(app, "viewer") as http, people.signed_in(app, "admin") as other:
        headers = dict(http.headers)
        async with open_stream(app, STREAM, headers) as first:
            await first.event()
            async with open_stream(app, STREAM, headers) as second:
                await second.event()
                refused = await http.get(STREAM)
                assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
                assert refused.headers["retry-after"] == "10"
                assert "2 event streams open" in refused.json()["error"]
                async with open_stream(app, STREAM, dict(other.headers)) as theirs:
                    await theirs.event()
            async with open_stream(app, STREAM, headers) as third:
                assert (await third.event())["event"] == "connected"
        assert not app.state.limits._streams


async def test_a_stream_whose_reader_leaves_is_free_again(serve: Serve) -> None:
    app = serve({"streams_per_user": 1})
    async with running(app), people.signed_in(app, "viewer") as http:
        headers = dict(http.headers)
        async with open_stream(app, STREAM, headers) as stream:
            await stream.event()
            stream.gone.set()
            async with asyncio.timeout(10):
                await stream.over.wait()
            async with open_stream(app, STREAM, dict(http.headers)) as again:
                assert (await again.event())["event"] == "connected"
