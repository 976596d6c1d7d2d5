"""What the API gives of the event log."""

from datetime import datetime
from typing import Any

from loom_app.kernel.rest import Shown


class ActorView(Shown):
    """Who did it."""

    kind: str
    id: str


class EventView(Shown):
    """One change of state. `seq` is its place in the log; a stream resumes after it."""

    seq: int
    id: str
    type: str
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
