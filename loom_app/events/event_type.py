"""What is known of a type of event."""

from dataclasses import dataclass
from enum import StrEnum


class Priority(StrEnum):
    """How urgent an event is to whom it concerns, unless its data say more."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the least urgent."""
        return list(Priority).index(self)


LOW, NORMAL, HIGH, CRITICAL = Priority


@dataclass(frozen=True, slots=True)
class EventType:
    """One type. `words` tell it after who did it, with {} where its subject stands; `fields` are the names in data."""

    name: str
    words: str
    fields: tuple[str, ...] = ()
    feed: bool = False
    """Whether the activity feed shows it."""
    priority: Priority = LOW

    @property
    def resource_type(self) -> str:
        """What kind of thing it is about: the name before the last dot."""
        return self.name.rpartition(".")[0]

    @property
    def action(self) -> str:
        """What was done: the name after the last dot."""
        return self.name.rpartition(".")[2]


def of(name: str, words: str, fields: str = "", *, feed: bool = False, priority: Priority = LOW) -> EventType:
    """A type as one line of a table; `fields` with blanks between them."""
    return EventType(name, words, tuple(fields.split()), feed, priority)
