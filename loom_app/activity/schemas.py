"""What the API gives of the feed."""

from datetime import datetime
from typing import Any

from loom_app.activity.gathering import key_of
from loom_app.activity.models import Visibility
from loom_app.events.schemas import EventView
from loom_app.kernel.rest import Shown

GLOBAL = ("project", "provider")
"""Resources that are not part of a project's work."""
ON_BEADS = ("bead", "pull_request", "run")
"""Resources whose events are about a bead."""


class ActivityView(Shown):
    """One line of the feed. Several events that are alike are one, with their number in `aggregation_count`."""

    id: str
    event_type: str
    event_id: str
    """The newest event in it; `timestamp` and `metadata` are its time and data."""
    timestamp: datetime
    source: str
    actor_id: str
    actor_type: str
    actor_name: str
    project_id: str | None
    agent_id: str | None
    bead_id: str | None
    provider_id: str | None
    action: str
    resource_type: str
    resource_id: str | None
    resource_title: str
    """What the resource was called when this happened."""
    metadata: dict[str, Any]
    aggregation_key: str
    aggregation_count: int
    is_aggregated: bool
    visibility: Visibility
    """`global` for projects and providers as a whole. What is of a project is shown to its members alone either way."""

    @classmethod
    def of(cls, row: Any) -> "ActivityView":
        """The line for a row with its newest event."""
        resource, data = row.resource_type, row.data or {}
        return cls(
            id=row.id,
            event_type=row.event_type,
            event_id=row.event_id,
            timestamp=row.timestamp,
            source=row.source,
            actor_id=row.actor_id,
            actor_type=row.actor_kind,
            actor_name=row.actor_name or "",
            project_id=row.project_id,
            agent_id=_named(row, data, "agent", resource == "agent") or _acting_agent(row),
            bead_id=_named(row, data, "bead", resource in ON_BEADS),
            provider_id=_named(row, data, "provider", resource == "provider"),
            action=row.event_type.rpartition(".")[2],
            resource_type=resource,
            resource_id=row.subject_id,
            resource_title=row.resource_title,
            metadata=data,
            aggregation_key=key_of(row.event_type, row.first_at, row.project_id, row.actor_id),
            aggregation_count=row.aggregation_count,
            is_aggregated=row.aggregation_count > 1,
            visibility=Visibility.GLOBAL if resource in GLOBAL or row.project_id is None else Visibility.PROJECT,
        )


class FeedPage(Shown):
    """Activities, newest first, and how many these are. `next` is what `before` takes to go on; empty at the end."""

    activities: list[ActivityView]
    count: int
    limit: int
    offset: int
    next: str


class ActivityEvents(Shown):
    """The events told as one activity, newest first."""

    events: list[EventView]
    count: int


def _named(row: Any, data: dict[str, Any], kind: str, is_subject: bool) -> str | None:
    named = row.subject_id if is_subject else data.get(f"{kind}_id")
    return str(named) if named else None


def _acting_agent(row: Any) -> str | None:
    return str(row.actor_id) if row.actor_kind == "agent" else None
