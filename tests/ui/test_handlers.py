"""What holds for every event handler of every page. Who may send which is in tests/security/test_event_matrix.py."""

import inspect
from typing import Any

import pytest
import reflex as rx

from loom_app.auth.permissions import CATALOGUE
from loom_app.ui.gate import PUBLIC
from tests.support.handlers import registry, states


@pytest.fixture(scope="module")
def handlers() -> dict[str, Any]:
    """Every handler of Loom's states by its name."""
    return {handler.name: handler.work for handler in registry()}


def test_the_walk_finds_the_handlers_there_are(handlers: dict[str, Any]) -> None:
    assert {"Live.watch", "Shell.enter", "BoardState.create", "ProviderDesk.save", "HomeState.load_demo"} <= set(
        handlers
    )


def test_every_permission_is_one_there_is(handlers: dict[str, Any]) -> None:
    assert {work.loom_permission for work in handlers.values()} <= CATALOGUE | {PUBLIC}


def test_nothing_that_changes_something_is_open_to_readers(handlers: dict[str, Any]) -> None:
    """A handler that opens a write transaction needs more than the permission to read."""
    writing = [name for name, work in handlers.items() if "db.write" in inspect.getsource(inspect.unwrap(work))]
    assert writing
    assert [name for name in writing if handlers[name].loom_permission.endswith(":read")] == []


def test_no_state_has_setters(handlers: dict[str, Any]) -> None:
    """Reflex gives every state a public `setvar` that calls `set_<name>`: there must be nothing for it to call."""
    assert [name for state in states() for name in dir(state) if name.startswith("set_")] == inherited()


def inherited() -> list[str]:
    """What Reflex's own State brings, once for each of ours."""
    own = [name for name in dir(rx.State) if name.startswith("set_")]
    return own * len(list(states()))
