"""What the program answers, as it is written down in JSON."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

MAX_PLACES = 500


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands; line and column count from 1. `kind` says what is defined there, if anything is."""

    path: str
    line: int
    column: int
    text: str
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass
class Answer:
    """What was found, and what is to be changed. `by` tells how far it can be trusted: `meaning` or `name`."""

    by: str
    places: list[Place] = field(default_factory=list)
    changes: list[dict[str, object]] = field(default_factory=list)
    others: list[Place] = field(default_factory=list)
    """Places with the same word that were left out, since nothing ties them to it."""
    notes: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The answer as JSON, with no more places than anybody reads, and how many there are."""
        return {
            "by": self.by,
            "places": [asdict(place) for place in self.places[:MAX_PLACES]],
            "count": len(self.places),
            "changes": self.changes,
            "others": [asdict(place) for place in self.others[:MAX_PLACES]],
            "others_count": len(self.others),
            "notes": self.notes,
            "facts": self.facts,
        }


def listed(places: Iterable[Place]) -> list[Place]:
    """In order, one for each position."""
    return sorted({(place.path, place.line, place.column): place for place in places}.values())


def some(places: Iterable[Place], most: int = 5) -> str:
    """A few places for a sentence."""
    shown = [str(place) for place in places]
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")
