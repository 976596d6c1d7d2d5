"""Which events somebody may read. Every list, stream and page of events asks here."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from loom_app.events.models import Event
from loom_app.events.record import EventRecord
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.scope import within

GUARDED = frozenset({"user", "key", "session", "secret", "audit", "settings", "backup", "retention"})
"""Sources whose events tell of accounts, keys and the installation: for its administrators alone."""
PRIVATE_TO = "private_to"
"""The key in an event's data that names the one user, administrators apart, who may read it."""


@dataclass(frozen=True)
class Sight:
    """What one reader sees: the same rule for rows in a query and for events in memory."""

    actor: Actor

    @property
    def guarded(self) -> bool:
        """Whether events of GUARDED sources are shown."""
        return self.actor.may("system:admin")

    def shows(self, event: EventRecord) -> bool:
        """Whether the reader may know of `event`."""
        if not self.guarded and event.source in GUARDED:
            return False
        if event.project_id is not None:
            return self.actor.sees(event.project_id)
        return self.guarded or event.data.get(PRIVATE_TO, self.actor.id) == self.actor.id

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a query of events must also ask for."""
        if self.guarded:
            return [or_(col(Event.project_id).is_(None), within(self.actor, col(Event.project_id)))]
        reader = col(Event.data)[PRIVATE_TO].as_string()
        own = and_(col(Event.project_id).is_(None), or_(reader.is_(None), reader == self.actor.id))
        of_project = and_(col(Event.project_id).is_not(None), within(self.actor, col(Event.project_id)))
        return [col(Event.source).not_in(sorted(GUARDED)), or_(of_project, own)]


EVERYTHING = Sight(SYSTEM)


def visible_to(actor: Actor) -> Sight:
    """What `actor` sees of the log."""
    return Sight(actor)
