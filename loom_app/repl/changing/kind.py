"""What a kind of change is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loom_app.repl.reading.tool import Arguments, Asking


@dataclass(frozen=True)
class Plan:
    """A change before it is made: a line of markdown, what will happen, and the facts all that stands on.

    `settled` are parameters that were found out for it and hold in place of what was given, such as an id for a name.
    """

    title: str
    effects: tuple[str, ...]
    seen: Mapping[str, Any]
    settled: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """One kind of change. `do` answers what was done, as a sentence of markdown. Both raise what the services raise."""

    name: str
    permission: str
    takes: type[Arguments]
    plan: Callable[[Asking, Any], Awaitable[Plan]]
    do: Callable[[Asking, Any], Awaitable[str]]
