"""The tables of addresses that are told of events, and of what is on its way to each."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime
from loom_app.kernel.sealed import sealed

SIGNING_PURPOSE = "outgoing-webhook"
OLD_PURPOSE = "outgoing-webhook-old"


class SendingStatus(StrEnum):
    """How far a message is: to be sent, taken, or given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Endpoint(SQLModel, table=True):
    """An address told of events: of one project, or without `project_id` of all its owner sees."""

    __tablename__ = "webhook_endpoints"

    id: str = Field(primary_key=True)
    project_id: str | None = Field(default=None, foreign_key="projects.id", ondelete="CASCADE", index=True)
    owner_id: str
    """It is told what this user may read at the time, and nothing else."""
    owner: str
    url: str
    description: str = ""
    events: list[str] = Field(default_factory=list, sa_type=JsonValue)
    """Types such as bead.completed, or bead.* for all of a source; * for all there are."""
    enabled: bool = True
    problem: str = ""
    """Why Loom has switched it off, in a sentence."""
    secret_sealed: str = Field(repr=False, sa_column_kwargs=sealed(SIGNING_PURPOSE))
    old_secret_sealed: str = Field(default="", repr=False, sa_column_kwargs=sealed(OLD_PURPOSE))
    """The secret before the present one, with which is signed as well until `old_until`."""
    old_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    """How many attempts have failed in a row."""
    rest_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_failed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Sending(SQLModel, table=True):
    """One message to one endpoint; the same event is put in a message to it once."""

    __tablename__ = "webhook_sendings"
    __table_args__ = (
        Index("ux_webhook_sendings_event", "endpoint_id", "event_id", unique=True),
        Index("ix_webhook_sendings_due", "status", "due_at"),
        Index("ix_webhook_sendings_created", "created_at"),
    )

    id: str = Field(primary_key=True)
    """What is sent as webhook-id: the same in every attempt."""
    endpoint_id: str = Field(foreign_key="webhook_endpoints.id", ondelete="CASCADE")
    project_id: str | None = None
    """The project the event is of."""
    event_id: str
    event_type: str
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    body: str
    status: str = SendingStatus.WAITING
    attempts: int = 0
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it is tried next; None for one that whoever made it sends, and when it is over."""
    answer: int | None = None
    """The status of the last answer; None when there was none."""
    problem: str = ""
    took_ms: int | None = None
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    first_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was first tried, or tried anew: after a day in vain it is given up."""
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
