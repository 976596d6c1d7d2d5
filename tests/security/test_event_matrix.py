"""Every event of every page as every kind of caller; anybody with a socket can send any of them, with any arguments.

The events come from Reflex's own registry. One without a row in the reviewed table, or with another permission than
its row, fails.
"""

import pytest

from loom_app.auth.gate import Requires
from loom_app.auth.sessions import COOKIE
from loom_app.ui.gate import PUBLIC
from tests.security.asking import expected, opened, put_in
from tests.security.reviewed.pages import EVENTS
from tests.support import world
from tests.support.handlers import Handler, Tab, registry, sent
from tests.support.world import CALLERS, OWN, World

ENDLESS = {"Live.watch"}
"""Goes on while the tab is open: whom it is refused is seen here, what it shows in tests/events/test_visibility.py."""
pytestmark = pytest.mark.usefixtures("pages")
WITH_A_COOKIE = [caller for caller in CALLERS if caller != "key"]


def refused(handler: Handler, caller: str) -> str:
    """What the answer holds when the caller must not be let in; empty when they may."""
    if handler.work.loom_permission == PUBLIC:
        return ""
    refusal = expected(Requires(handler.work.loom_permission), caller)
    if refusal is None:
        return ""
    if refusal[0] == 401:
        return "/login?next=%2Fboard"
    return "[]" if handler.work.loom_quiet else f"needs the permission {handler.work.loom_permission}"


async def test_every_event_has_a_reviewed_row_and_every_row_an_event() -> None:
    bare = [handler.name for handler in registry() if not hasattr(handler.work, "loom_permission")]
    assert bare == [], "declare them with loom_app.ui.gate.handler"
    declared = {handler.name: handler.work.loom_permission for handler in registry()}
    assert declared == {name: row.gate for name, row in EVENTS.items()}, "say in tests/security/reviewed who may"


@pytest.mark.parametrize("caller", WITH_A_COOKIE, indirect=True)
async def test_each_caller_gets_from_each_event_what_its_permission_says(seeded: World, caller: str) -> None:
    for handler in registry():
        refusal = refused(handler, caller)
        if not refusal and handler.name in ENDLESS:
            continue
        tab = opened(handler, seeded, caller)
        before = tab.shown()
        said = await sent(handler, tab, *put_in(EVENTS[handler.name].arguments, world.names(OWN)))
        if refusal:
            assert refusal in said, f"{caller}: {handler.name} answers {said}"
            assert tab.shown() == before, f"{caller}: {handler.name}"
        else:
            assert "/login" not in said, f"{caller}: {handler.name} answers {said}"
            assert "needs the permission" not in said, f"{caller}: {handler.name} answers {said}"


async def test_an_api_key_is_no_session(seeded: World) -> None:
    key = seeded.headers["key"]["X-API-Key"]
    for handler in registry():
        if handler.work.loom_permission != PUBLIC:
            assert "/login" in await sent(
                handler, Tab(handler.state, f"{COOKIE}={key}"), *EVENTS[handler.name].arguments
            )
