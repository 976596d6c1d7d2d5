"""An event as its readers see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loom_app.kernel.clock import rfc3339


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One row of the log; never changes."""

    seq: int
    id: str
    type: str
    timestamp: datetime
    source: str
    actor_kind: str
    actor_id: str
    project_id: str | None
    subject_id: str | None
    data: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The event as the API shows it."""
        return {
            "seq": self.seq,
            "id": self.id,
            "type": self.type,
            "timestamp": rfc3339(self.timestamp),
            "source": self.source,
            "actor": {"kind": self.actor_kind, "id": self.actor_id},
            "project_id": self.project_id,
            "subject_id": self.subject_id,
            "data": self.data,
        }
