"""Events about accounts, keys and the installation are for its administrators; the rest is for whoever reads events."""

import json

import pytest
from fastapi import FastAPI

from loom_app.auth.permissions import Role, permissions_of
from loom_app.events import repository
from loom_app.events.catalogue import CATALOGUE
from loom_app.events.service import append
from loom_app.events.visibility import GUARDED, visible_to
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database
from tests.support import people
from tests.support.streaming import open_stream


def _actor(role: str) -> Actor:
    return Actor("user", role, role, permissions_of(role))


@pytest.mark.parametrize("role", list(Role))
async def test_rows_and_events_in_memory_are_shown_by_the_same_rule(db: Database, role: str) -> None:
    guarded = [name for name in CATALOGUE if name.partition(".")[0] in GUARDED]
    assert {name.partition(".")[0] for name in guarded} == GUARDED
    await _happen(db, "bead.created", *guarded)
    sight = visible_to(_actor(role))
    async with db.read() as tx:
        rows = await repository.newest(tx, sight, limit=100)
        every = await repository.after(tx, 0, 100)
    assert rows == [event for event in reversed(every) if sight.shows(event)]
    assert {event.source for event in rows} == ({"bead", *GUARDED} if role == Role.ADMIN else {"bead"})


async def test_a_key_with_narrower_scopes_does_not_see_what_its_owner_does() -> None:
    narrowed = Actor("user", "admin", "admin", permissions_of(Role.ADMIN), scopes=frozenset({"projects:read"}))
    assert not visible_to(narrowed).guarded


async def test_a_viewer_is_neither_listed_nor_sent_what_happens_to_accounts(app: FastAPI, db: Database) -> None:
    async with people.signed_in(app, Role.VIEWER) as viewer:
        listed = (await viewer.get("/api/v1/events", params={"type": "user.created"})).json()
        assert listed == {"events": [], "count": 0}
        headers = {"Authorization": viewer.headers["Authorization"], "Host": "127.0.0.1:8080"}
        async with open_stream(app, "/api/v1/events/stream", headers) as stream:
            await stream.event()
            await _happen(db, "user.created", "key.created", "bead.created")
            assert json.loads((await stream.event())["data"])["type"] == "bead.created"


async def _happen(db: Database, *types: str) -> None:
    async with db.write() as tx:
        for type_ in types:
            append(tx, type_, actor=SYSTEM)
