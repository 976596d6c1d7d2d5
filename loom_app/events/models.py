"""The table of events and the positions of those who follow it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer
from sqlmodel import Field, SQLModel

from loom_app.kernel.columns import JsonValue, UtcDateTime

Sequence = BigInteger().with_variant(Integer, "sqlite")


class Event(SQLModel, table=True):
    """One change of state. `seq` is the order of commits; a number never comes twice."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_project_seq", "project_id", "seq"),
        Index("ix_events_type_seq", "type", "seq"),
        Index("ix_events_subject_seq", "subject_id", "seq"),
        {"sqlite_autoincrement": True},
    )

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


class FollowerPosition(SQLModel, table=True):
    """How far a named follower has read."""

    __tablename__ = "follower_positions"

    name: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
