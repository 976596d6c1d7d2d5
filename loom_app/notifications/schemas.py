"""What the API takes and gives of notifications."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from loom_app.events.event_type import Priority
from loom_app.kernel.bodies import Body, Shown
from loom_app.kernel.moments import Moment
from loom_app.notifications.models import Digest, Preferences, Status
from loom_app.notifications.service import reason

Clock = Annotated[str, Field(max_length=5, description="HH:MM in the time zone; empty for none.")]
Names = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=200)]


class NotificationView(Shown):
    """One notification. `needs_action` until somebody has settled it; `why` says in a sentence why one sees it."""

    id: str
    user_id: str
    activity_id: str
    """The event that it tells."""
    event_type: str
    title: str
    message: str
    link: str
    status: Status
    priority: Priority
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    read_at: datetime | None
    archived_at: datetime | None
    project_id: str | None
    project: str
    cause: str
    count: int
    needs_action: bool
    settled_at: datetime | None
    settled_by: str
    snoozed_until: datetime | None
    deadline: datetime | None
    risk: str
    why: str

    @classmethod
    def of(cls, row: Any, projects: dict[str, str]) -> "NotificationView":
        """The notification of a row; `projects` are the names of projects."""
        return cls(
            id=row.id, user_id=row.user_id, activity_id=row.event_id, event_type=row.event_type, title=row.title,
            message=row.message, link=row.link, status=row.status, priority=row.priority, metadata=row.metadata or {},
            created_at=row.created_at, updated_at=row.updated_at, read_at=row.read_at, archived_at=row.archived_at,
            project_id=row.project_id, project=projects.get(row.project_id or "", ""), cause=row.cause,
            count=row.count, needs_action=row.needs_action and row.settled_at is None, settled_at=row.settled_at,
            settled_by=row.settled_by, snoozed_until=row.snoozed_until, deadline=row.deadline, risk=row.risk,
            why=reason(row, projects),
        )  # fmt: skip

    @classmethod
    def all(cls, rows: Sequence[Any], projects: dict[str, str]) -> "list[NotificationView]":
        """Those of several rows."""
        return [cls.of(row, projects) for row in rows]


class NotificationPage(Shown):
    """One's notifications, first what needs one, by risk and deadline. `total` match the filters."""

    notifications: list[NotificationView]
    count: int
    limit: int
    offset: int
    total: int
    unread: int
    needs_you: int


class NotificationCounts(Shown):
    """How many are unread and not settled, and how many wait for their reader."""

    unread: int
    needs_you: int


class MarkedRead(Shown):
    """How many were marked."""

    marked: int


class WhyView(Shown):
    """Why one sees a notification."""

    rule: str
    reason: str
    event_id: str
    event_type: str
    count: int
    settled_by: str
    let_through: str


class MarkAll(Body):
    """Which to mark; all without `before`."""

    before: Moment | None = None
    """Those that have news since then stay as they are."""


class SnoozeBody(Body):
    """Until when to put it off; null brings it back."""

    until: Moment | None


class PreferencesBody(Body):
    """What to change; what is left out stays."""

    enable_in_app: bool = True
    enable_email: bool = False
    enable_webhook: bool = False
    subscribed_events: Names = Field(default_factory=list, description="Types of events; empty for all.")
    project_filters: Names = Field(default_factory=list, description="Projects; empty for all.")
    min_priority: Priority = Field(Priority.LOW, strict=False)
    digest_mode: Digest = Field(Digest.REALTIME, strict=False)
    quiet_hours_start: Clock = ""
    quiet_hours_end: Clock = ""
    quiet_lets_critical_through: bool = True
    time_zone: str = Field("UTC", max_length=60)


class PreferencesView(Shown):
    """What somebody wants to be told."""

    id: str
    user_id: str
    enable_in_app: bool
    enable_email: bool
    enable_webhook: bool
    subscribed_events: list[str]
    project_filters: list[str]
    min_priority: Priority
    digest_mode: Digest
    quiet_hours_start: str
    quiet_hours_end: str
    quiet_lets_critical_through: bool
    time_zone: str
    updated_at: datetime

    @classmethod
    def of(cls, wishes: Preferences) -> "PreferencesView":
        """The preferences of a row."""
        return cls(id=wishes.user_id, **wishes.model_dump())
