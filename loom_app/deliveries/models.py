"""The tables of what is told outside of Loom: how far each way is, the letters, and what stood in one."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.columns import JsonValue, UtcDateTime


class Way(StrEnum):
    """By which way somebody is told."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class LetterStatus(StrEnum):
    """How far a letter is: to be sent, handed over, or given up."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Progress(SQLModel, table=True):
    """How far one way of one person is: what notifications of later events say is still to be told."""

    __tablename__ = "notification_ways"

    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    way: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When what waits is told; None while nothing waits."""
    set_at: datetime = Field(sa_type=UtcDateTime)
    """When `due_at` was reckoned; preferences that changed since have it reckoned again."""


class LetterRow(SQLModel, table=True):
    """One letter, or one message to somebody's webhooks, with the words it has for ever."""

    __tablename__ = "notification_letters"
    __table_args__ = (
        Index("ix_notification_letters_due", "status", "due_at"),
        Index("ix_notification_letters_user", "user_id", "made_at"),
    )

    id: str = Field(primary_key=True)
    """Its Message-ID: the same in every attempt."""
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE")
    way: str
    status: str
    subject: str
    items: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonValue)
    made_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    problem: str = ""


class Delivered(SQLModel, table=True):
    """That a notification stood in a letter: what counts up soon after is not told again."""

    __tablename__ = "notification_deliveries"

    notification_id: str = Field(primary_key=True, foreign_key="notifications.id", ondelete="CASCADE")
    way: str = Field(primary_key=True)
    letter_id: str
    at: datetime = Field(sa_type=UtcDateTime)
