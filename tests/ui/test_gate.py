"""The gate before every event handler: who is let through, and what the others are told."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from loom_app.auth import tokens
from loom_app.auth.sessions import COOKIE
from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.ui import gate, runtime
from loom_app.ui.gate import PUBLIC, actor, handler
from tests.support import people


class Tab:
    """A browser tab as a handler sees it: only the headers its socket was opened with and its address."""

    def __init__(self, cookie: str = "", path: str = "/board", query: str = "") -> None:
        url = SimpleNamespace(path=path, query=query)
        self.router = SimpleNamespace(headers=SimpleNamespace(cookie=cookie), url=url)
        self.done: list[str] = []


@handler("beads:write")
async def move(tab: Any, bead: str) -> str:
    """A handler that answers."""
    tab.done.append(f"{actor().name} moved {bead}")
    return "moved"


@handler("beads:write")
async def stream(tab: Any) -> AsyncIterator[str]:
    """A handler that says several things."""
    tab.done.append("began")
    yield "one"
    raise Conflict("Somebody was quicker.")


@handler(PUBLIC)
async def anybody(tab: Any) -> str:
    """A handler for everybody."""
    tab.done.append("seen")
    return "seen"


@pytest.fixture(autouse=True)
def using(app: FastAPI, db: Database, vault: Vault, settings: Settings) -> None:
    """The pages on the test's database."""
    runtime.install(runtime.Runtime(db, vault, app.state.keys, settings, app.state.tail))


async def _cookie(app: FastAPI, role: str) -> str:
    """The cookie header of a new user of `role`."""
    user = await people.person(app.state.db, role)
    return f"{COOKIE}={await tokens.issue(app.state.keys, user)}"


async def test_an_anonymous_socket_changes_nothing_and_is_sent_to_sign_in() -> None:
    tab = Tab(query="project=demo")
    answer = await move(tab, "bd-1")
    assert tab.done == []
    assert "_redirect" in repr(answer)
    assert "/login?next=%2Fboard%3Fproject%3Ddemo" in repr(answer)


@pytest.mark.parametrize("cookie", [f"{COOKIE}=", f"{COOKIE}=not.a.token", "other=1", f"{COOKIE}={'x' * 9000}"])
async def test_a_cookie_that_is_no_session_is_nobody(cookie: str) -> None:
    tab = Tab(cookie)
    await move(tab, "bd-1")
    assert tab.done == []


async def test_the_sign_in_page_keeps_its_own_address() -> None:
    answer = await move(Tab(path="/login/", query="next=%2Fboard"), "bd-1")
    assert "/login?next=%2Fboard" in repr(answer)
    assert "%252F" not in repr(answer)


async def test_who_holds_the_permission_is_let_through(app: FastAPI) -> None:
    tab = Tab(await _cookie(app, "admin"))
    assert await move(tab, "bd-1") == "moved"
    assert tab.done == ["admin moved bd-1"]


async def test_without_the_permission_it_is_said_which_one_is_missing(app: FastAPI) -> None:
    tab = Tab(await _cookie(app, "viewer"))
    answer = await move(tab, "bd-1")
    assert tab.done == []
    assert "beads:write" in repr(answer)


async def test_a_handler_that_yields_is_kept_as_well() -> None:
    tab = Tab()
    said = [answer async for answer in stream(tab)]
    assert tab.done == []
    assert len(said) == 1


async def test_a_refusal_of_a_service_is_told_to_the_person(app: FastAPI) -> None:
    said = [answer async for answer in stream(Tab(await _cookie(app, "admin")))]
    assert said[0] == "one"
    assert "Somebody was quicker." in repr(said[1])


async def test_public_handlers_take_everybody() -> None:
    tab = Tab()
    assert await anybody(tab) == "seen"


async def test_without_a_cookie_nobody_is_signed_in() -> None:
    assert await gate.signed_in(Tab("")) is None  # type: ignore[arg-type]
