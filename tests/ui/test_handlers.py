"""Every event handler of every page declares who may use it, since anybody with a socket can reach it."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import reflex as rx

from loom_app.auth.permissions import WORK
from loom_app.ui.gate import PUBLIC

REACHES_SETTERS_ONLY = "setvar"


def _states(of: Any = rx.State) -> Iterator[Any]:
    for state in of.get_substates():
        if state.__module__.startswith("loom_app."):
            yield state
        yield from _states(state)


@pytest.fixture(scope="module")
def handlers() -> dict[str, Any]:
    """Every handler of Loom's states by its name."""
    from loom_app.ui import pages

    pages.register(rx.App(enable_state=False))
    return {
        f"{state.__name__}.{name}": handler.fn
        for state in _states()
        for name, handler in state.event_handlers.items()
        if name != REACHES_SETTERS_ONLY
    }


def test_the_walk_finds_the_handlers_there_are(handlers: dict[str, Any]) -> None:
    assert {"Live.watch", "Shell.enter", "BoardState.create", "ProviderDesk.save", "HomeState.load_demo"} <= set(
        handlers
    )


def test_every_handler_declares_a_permission(handlers: dict[str, Any]) -> None:
    bare = [name for name, work in handlers.items() if not hasattr(work, "loom_permission")]
    assert bare == [], "declare them with loom_app.ui.gate.handler"


def test_every_permission_is_one_there_is(handlers: dict[str, Any]) -> None:
    known = {PUBLIC} | {f"{resource}:{action}" for resource in WORK for action in ("read", "write")}
    assert {work.loom_permission for work in handlers.values()} <= known


def test_nothing_that_changes_something_is_open_to_readers(handlers: dict[str, Any]) -> None:
    """A handler that opens a write transaction needs more than the permission to read."""
    writing = [name for name, work in handlers.items() if "db.write" in inspect.getsource(inspect.unwrap(work))]
    assert writing
    assert [name for name in writing if handlers[name].loom_permission.endswith(":read")] == []


def test_no_state_has_setters(handlers: dict[str, Any]) -> None:
    """Reflex gives every state a public `setvar` that calls `set_<name>`: there must be nothing for it to call."""
    assert [name for state in _states() for name in dir(state) if name.startswith("set_")] == inherited()


def inherited() -> list[str]:
    """What Reflex's own State brings, once for each of ours."""
    own = [name for name in dir(rx.State) if name.startswith("set_")]
    return own * len(list(_states()))
