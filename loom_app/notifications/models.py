"""The tables of notifications and of what people want to be told."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from loom_app.events.event_type import Priority
from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class Status(StrEnum):
    """What its reader did with it."""

    UNREAD = "unread"
    READ = "read"
    ARCHIVED = "archived"


class Digest(StrEnum):
    """How often what is sent out of Loom is sent."""

    REALTIME = "realtime"
    HOURLY = "hourly"
    DAILY = "daily"


class Notification(SQLModel, table=True):
    """One thing one person is told. What happens again for the same cause counts it up and makes it new."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "cause"),
        Index("ix_notifications_newest", "user_id", "seq"),
        Index("ix_notifications_cause", "cause"),
        Index("ix_notifications_project", "project_id"),
    )

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE")
    cause: str
    """What it is about, such as `decision:dec-1`: nobody has two for one cause."""
    rule: str
    """The name of the rule in `rules` that it is told by."""
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    """The number of the newest event in it."""
    event_id: str
    event_type: str
    project_id: str | None = None
    subject_id: str | None = None
    title: str
    message: str
    link: str
    status: str = Status.UNREAD
    priority: str
    rank: int
    """The priority as a number, 0 for low."""
    needs_action: bool = False
    """Whether it waits for this person to do something, until it is settled."""
    risk: str = ""
    deadline: datetime | None = Field(default=None, sa_type=UtcDateTime)
    count: int = 1
    """How many events it stands for."""
    metadata_: dict[str, Any] = Field(default_factory=dict, sa_column=Column("metadata", JsonValue, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    snoozed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: str = ""
    """What ended it, in words."""


class Preferences(SQLModel, table=True):
    """What a person wants to be told. Without a row: everything, in the inbox alone."""

    __tablename__ = "notification_preferences"

    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    enable_in_app: bool = True
    enable_email: bool = False
    enable_webhook: bool = False
    subscribed_events: list[str] = Field(default_factory=list, sa_type=JsonValue)
    """Types of events; empty for all."""
    project_filters: list[str] = Field(default_factory=list, sa_type=JsonValue)
    """Projects; empty for all. What is of no project is told either way."""
    min_priority: str = Priority.LOW
    digest_mode: str = Digest.REALTIME
    quiet_hours_start: str = ""
    quiet_hours_end: str = ""
    """HH:MM in `time_zone`; both empty for none. They hold back what is sent out of Loom, never the inbox."""
    quiet_lets_critical_through: bool = True
    time_zone: str = "UTC"
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
