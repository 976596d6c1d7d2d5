"""What the API gives of the event log."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from loom_app.events.catalogue import CATALOGUE
from loom_app.events.event_type import Priority
from loom_app.kernel.rest import Shown

TypeName = Annotated[str, Field(json_schema_extra={"enum": list(CATALOGUE)})]
"""The name of a type; an old log may hold names that are no longer in the catalogue."""


class ActorView(Shown):
    """Who did it."""

    kind: str
    id: str


class EventView(Shown):
    """One change of state. `seq` is its place in the log; a stream resumes after it."""

    seq: int
    id: str
    type: TypeName
    timestamp: datetime
    source: str
    actor: ActorView
    project_id: str | None
    subject_id: str | None
    data: dict[str, Any]


class EventPage(Shown):
    """Events, newest first."""

    events: list[EventView]
    count: int


class LogFigures(Shown):
    """How the log is followed and how long it is."""

    status: str
    subscribers: int
    total: int
    last_seq: int


class EventTypeView(Shown):
    """A type of event: how it is told after who did it, {} where its subject stands, and the names in its data."""

    type: str
    action: str
    resource_type: str
    words: str
    fields: list[str]
    feed: bool
    priority: Priority


class OtherType(Shown):
    """A type of the first Loom, and the types that tell it here."""

    type: str
    told_by: list[str]


class EventTypes(Shown):
    """The catalogue."""

    types: list[EventTypeView]
    elsewhere: list[OtherType]
    count: int
