"""Which events somebody may read. Every list, stream and page of events asks here."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import col

from loom_app.events.models import Event
from loom_app.events.record import EventRecord
from loom_app.kernel.actor import Actor

GUARDED = frozenset({"user", "key", "session", "secret", "audit", "settings"})
"""Sources whose events tell of accounts, keys and the installation: for its administrators alone."""


@dataclass(frozen=True)
class Sight:
    """What one reader sees: the same rule for rows in a query and for events in memory."""

    guarded: bool
    """Whether events of GUARDED sources are shown."""

    def shows(self, event: EventRecord) -> bool:
        """Whether the reader may know of `event`."""
        return self.guarded or event.source not in GUARDED

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a query of events must also ask for."""
        return [] if self.guarded else [col(Event.source).not_in(sorted(GUARDED))]


EVERYTHING = Sight(guarded=True)


def visible_to(actor: Actor) -> Sight:
    """What `actor` sees of the log."""
    return Sight(guarded=actor.may("system:admin"))
