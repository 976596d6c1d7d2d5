"""The table of messages between agents."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class MessageType(StrEnum):
    """What a message is for."""

    QUESTION = "question"
    DELEGATION = "delegation"
    NOTIFICATION = "notification"


class Message(SQLModel, table=True):
    """Something one agent says to another of its project, told the other once, in its next turn."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_waiting", "to_agent_id", "delivered_run_id"),
        Index("ix_messages_project", "project_id", "created_at"),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE")
    bead_id: str = Field(index=True)
    """What the sender worked on."""
    run_id: str = Field(index=True)
    """The run that sent it."""
    from_agent_id: str
    to_agent_id: str
    to_role: str = ""
    """The role it was sent to; empty where the agent was named."""
    type: str
    subject: str = ""
    body: str = ""
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    reply_to: str = ""
    """The message it answers."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    delivered_run_id: str = Field(default="", index=True)
    """The run in which the other was told; empty while it waits."""
    delivered_turn: int = 0
    delivered_bead_id: str = Field(default="", index=True)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
