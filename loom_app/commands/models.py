"""The table of commands that people have run. Those of agents stand with their runs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class Command(SQLModel, table=True):
    """One command: who had it run under whose rules, and what became of it. It is forgotten after a while."""

    __tablename__ = "command_log"
    __table_args__ = (Index("ix_command_log_at", "created_at"),)

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", index=True, ondelete="CASCADE")
    bead_id: str = ""
    agent_id: str
    user_id: str
    user_name: str
    command: str
    working_dir: str
    exit_code: int | None = None
    """None for one that was ended by a signal or never ran."""
    stdout: str = ""
    stderr: str = ""
    duration_ms: int = 0
    success: bool = False
    error: str = ""
    """How it ended, in a sentence, where that was not by its own success."""
    risk: str = ""
    rule: str = ""
    context: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
