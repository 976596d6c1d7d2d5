"""What a row of the reviewed table holds."""

from dataclasses import dataclass
from typing import Any

PUBLIC, PERSONAL, PERSONAL_KEY = "public", "personal", "personal, keys too"


@dataclass(frozen=True)
class Row:
    """One route: its gate, and what a request needs that gets past the checking of its form."""

    gate: str
    body: Any = None
    query: str = ""


@dataclass(frozen=True)
class Event:
    """One page event: the permission it needs, and arguments of a form that gets past the checking."""

    gate: str
    arguments: tuple[Any, ...] = ()
