"""What one may not see is not there: not by its name, not in any list, not in the words of a refusal."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.kernel.database import Database
from tests.security.asking import ENDLESS, called, expected, filled, opened, put_in, rows, send
from tests.security.reviewed.pages import EVENTS
from tests.support import world
from tests.support.handlers import registry, sent
from tests.support.world import HIDDEN, OWN, World


@pytest.mark.parametrize("caller", ["user", "viewer"], indirect=True)
async def test_what_one_may_not_see_is_not_there(app: FastAPI, seeded: World, caller: str, http: AsyncClient) -> None:
    """Word for word the same answer for a thing of another project as for one that does not exist."""
    tried = 0
    for route, row in rows(app):
        if expected(route.gate, caller) is not None or route.name in ENDLESS:
            continue
        there, nowhere = called(seeded, HIDDEN, caller), called(seeded, "nowhere", caller)
        if filled(route.path, there) == filled(route.path, nowhere):
            continue
        seen, unknown = [await send(http, route, row, names) for names in (there, nowhere)]
        assert seen.status_code == 404, f"{caller}: {route.name} answers {seen.status_code}: {seen.text[:300]}"
        assert seen.text.replace(HIDDEN, "nowhere") == unknown.text, f"{caller}: {route.name}"
        tried += 1
    assert tried > 10


@pytest.mark.parametrize("caller", ["user", "viewer", "service", "deactivated", "anonymous"], indirect=True)
async def test_no_answer_tells_of_what_one_may_not_see(
    app: FastAPI, seeded: World, caller: str, http: AsyncClient
) -> None:
    for route, row in rows(app):
        if route.method == "GET" and route.name not in ENDLESS:
            for project_id in (OWN, HIDDEN):
                answer = await send(http, route, row, called(seeded, project_id, caller))
                assert world.MARK not in answer.text, f"{caller}: {route.name} tells of {HIDDEN}"


@pytest.mark.parametrize("caller", ["user", "viewer"], indirect=True)
@pytest.mark.usefixtures("pages")
async def test_no_event_tells_of_or_changes_what_one_may_not_see(seeded: World, caller: str, db: Database) -> None:
    before = await world.of_hidden(db)
    for handler in registry():
        if handler.name != "Live.watch":
            tab = opened(handler, seeded, caller)
            said = await sent(handler, tab, *put_in(EVENTS[handler.name].arguments, world.names(HIDDEN)))
            assert world.MARK not in said + tab.shown(), f"{caller}: {handler.name} tells of {HIDDEN}"
    assert await world.of_hidden(db) == before
