"""Streams and live pages end with the access of whoever opened them, and follow its changes."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.auth import watching
from loom_app.auth.watching import Watching
from loom_app.events.record import EventRecord
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Unauthenticated
from tests.support.people import person, signed_in
from tests.support.streaming import open_stream

PATH = "/api/v1/events/stream"
READER = Actor("user", "alice", "alice", frozenset({"projects:read"}))


def happened(source: str) -> list[EventRecord]:
    record: Any = SimpleNamespace(source=source)
    return [record]


class Asked:
    """Answers who somebody is now, and counts how often it was asked."""

    def __init__(self, actor: Actor | None) -> None:
        self.actor, self.times = actor, 0

    async def __call__(self) -> Actor | None:
        self.times += 1
        if self.actor is None:
            raise Unauthenticated("over")
        return self.actor


async def test_a_reader_is_asked_again_only_when_it_may_have_changed() -> None:
    asked = Asked(READER)
    reader = Watching(READER, "projects:read", asked)
    for source in ("bead", "run", "agent"):
        assert await reader.sight(happened(source))
    assert asked.times == 1, "with the first events"
    for source in ("user", "key", "session", "project"):
        assert await reader.sight(happened(source))
    assert asked.times == 5


async def test_a_reader_is_asked_again_after_a_while_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(None)
    reader = Watching(READER, "projects:read", asked)
    monkeypatch.setattr(watching, "ASK_AGAIN_SECONDS", -1.0)
    assert await reader.sight(happened("bead")) is None


async def test_what_is_seen_follows_what_the_reader_may() -> None:
    asked = Asked(Actor("user", "alice", "alice", frozenset({"*:*"})))
    reader = Watching(READER, "projects:read", asked)
    sight = await reader.sight(happened("user"))
    assert sight
    assert sight.guarded
    asked.actor = Actor("user", "alice", "alice", frozenset())
    assert await reader.sight(happened("user")) is None


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "viewer"}, None])
async def test_a_stream_ends_with_the_access_of_its_reader(
    app: FastAPI, db: Database, client: AsyncClient, change: dict[str, Any] | None
) -> None:
    async with signed_in(app, "user", "alice") as alice:
        user_id = (await alice.get("/api/v1/auth/me")).json()["id"]
        headers = {"Authorization": alice.headers["Authorization"], "Host": "127.0.0.1:8080"}
        async with open_stream(app, PATH, headers) as stream:
            await stream.event()
            await person(db, "user", "somebody-else")
            path = f"/api/v1/auth/users/{user_id}"
            await (client.delete(path) if change is None else client.patch(path, json=change))
            async with asyncio.timeout(10):
                await stream.over.wait()
