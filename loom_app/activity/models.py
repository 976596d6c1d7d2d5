"""The table of activities."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, text
from sqlmodel import Field, SQLModel

from loom_app.events.models import Sequence
from loom_app.kernel.columns import UtcDateTime

GATHERING = "aggregation_key IS NOT NULL"


class Visibility(StrEnum):
    """Whether an activity is about work inside a project, or about the installation or a project as a whole."""

    PROJECT = "project"
    GLOBAL = "global"


class Activity(SQLModel, table=True):
    """One line of the feed: an event of the log, or several alike. What else there is to say stands in the event."""

    __tablename__ = "activity_feed"
    __table_args__ = (
        Index("ix_activity_feed_at", "timestamp", "first_seq"),
        Index("ix_activity_feed_project", "project_id", "timestamp", "first_seq"),
        Index("ix_activity_feed_type", "event_type", "timestamp", "first_seq"),
        Index("ix_activity_feed_actor", "actor_id", "timestamp", "first_seq"),
        Index("ix_activity_feed_resource", "resource_type", "timestamp", "first_seq"),
        Index(
            "ix_activity_feed_key", "aggregation_key", "first_seq",
            sqlite_where=text(GATHERING), postgresql_where=text(GATHERING),
        ),
    )  # fmt: skip

    first_seq: int = Field(sa_column=Column(Sequence, primary_key=True, autoincrement=False))
    """The number of the first event in it."""
    id: str = Field(unique=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    """The number of the newest event in it, whose words and data it shows."""
    event_type: str
    resource_type: str
    project_id: str | None = None
    actor_id: str
    first_at: datetime = Field(sa_type=UtcDateTime)
    timestamp: datetime = Field(sa_type=UtcDateTime)
    """When the newest event in it happened."""
    resource_title: str
    """As it was when this happened: whoever could read it then reads the same now, whatever became of it."""
    aggregation_key: str | None = None
    """What events have in common that are told as one; None for a type of which each is told by itself."""
    aggregation_count: int = 1
