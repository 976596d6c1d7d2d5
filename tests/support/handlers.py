"""The event handlers of the pages, and a tab that sends events to them without a browser."""

import copy
import functools
import inspect
from collections.abc import Iterator
from types import MethodType, SimpleNamespace
from typing import Any, NamedTuple

import reflex as rx

REACHES_SETTERS_ONLY = "setvar"


class Handler(NamedTuple):
    """One handler: its name as `State.event`, the state it belongs to and the function behind its gate."""

    name: str
    state: Any
    work: Any


def states(of: Any = rx.State) -> Iterator[Any]:
    """Every state of Loom's pages."""
    for state in of.get_substates():
        if state.__module__.startswith("loom_app."):
            yield state
        yield from states(state)


@functools.cache
def registry() -> tuple[Handler, ...]:
    """Every handler of every page, as Reflex knows them."""
    from loom_app.ui import pages

    pages.register(rx.App(enable_state=False))
    return tuple(
        Handler(f"{state.__name__}.{name}", state, handler.fn)
        for state in states()
        for name, handler in state.event_handlers.items()
        if name != REACHES_SETTERS_ONLY
    )


class Tab:
    """A browser tab: the state of one kind with its first values, and the headers its socket was opened with."""

    def __init__(self, state: Any, cookie: str = "", path: str = "/board", query: str = "") -> None:
        self._state = state
        url = SimpleNamespace(path=path, query=query, query_parameters={})
        session = SimpleNamespace(client_token="tab", client_ip="127.0.0.1")
        self.router = SimpleNamespace(headers=SimpleNamespace(cookie=cookie), url=url, session=session, route_id=path)
        for name, field in state.get_fields().items():
            if not name.startswith("_") and name not in vars(self):
                setattr(self, name, copy.deepcopy(field.default_value()))

    def __getattr__(self, name: str) -> Any:
        found = inspect.getattr_static(self._state, name)
        return MethodType(found, self) if inspect.isfunction(found) else found

    async def __aenter__(self) -> "Tab":
        return self

    async def __aexit__(self, *_: object) -> None:
        """A handler in the background takes the state for each change."""

    def shown(self) -> str:
        """Everything the page could show of the state."""
        return repr({name: value for name, value in vars(self).items() if name not in ("_state", "router")})


async def sent(handler: Handler, tab: Tab, *arguments: Any) -> str:
    """What the browser is answered to an event: redirects, toasts, further events."""
    answer = handler.work(tab, *arguments)
    if inspect.isasyncgen(answer):
        return repr([said async for said in answer])
    return repr(await answer)
