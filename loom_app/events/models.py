"""The table of events and the positions of those who follow it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, text
from sqlmodel import Field, SQLModel

from loom_app.kernel.columns import JsonValue, UtcDateTime

Sequence = BigInteger().with_variant(Integer, "sqlite")
NOT_LOOM = "actor_id != 'loom'"
"""What people and agents did, by which one finds when a project was active last."""


class Event(SQLModel, table=True):
    """One change of state. `seq` is the order of commits; a number never comes twice."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_project_seq", "project_id", "seq"),
        Index("ix_events_type_seq", "type", "seq"),
        Index("ix_events_subject_seq", "subject_id", "seq"),
        Index("ix_events_actor_seq", "actor_id", "seq"),
        Index(
            "ix_events_activity", "project_id", "seq",
            sqlite_where=text(NOT_LOOM), postgresql_where=text(NOT_LOOM),
        ),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    seq: int | None = Field(default=None, sa_column=Column(Sequence, primary_key=True, autoincrement=True))
    id: str = Field(unique=True)
    type: str
    timestamp: datetime = Field(sa_type=UtcDateTime)
    source: str
    actor_kind: str
    actor_id: str
    project_id: str | None = None
    subject_id: str | None = None
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    actor_name: str | None = None
    on_behalf_of: str | None = None
    request_id: str | None = None
    address: str | None = None
    key_id: str | None = None
    data_digest: str | None = None
    hash: str | None = None
    """Covers the row and the hash before it (loom_app.events.chain); None from before the log was chained."""


class AuditHead(SQLModel, table=True):
    """Where the chain through the log begins and ends: one row, sealed, so that cutting the log short is found."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True)
    start: int = Field(default=1, sa_column=Column(BigInteger, nullable=False))
    """The first number in the chain; `anchor` stands for the entries before it."""
    anchor: str = ""
    seq: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    hash: str = ""
    key_id: str = ""
    mac: str = ""


class FollowerPosition(SQLModel, table=True):
    """How far a named follower has read."""

    __tablename__ = "follower_positions"

    name: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
