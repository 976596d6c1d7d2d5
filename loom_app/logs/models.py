"""The table of log lines."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from loom_app.events.models import Sequence
from loom_app.kernel.columns import JsonValue, UtcDateTime

LEVELS = ("debug", "info", "warning", "error", "critical")
"""From the least to the most grave."""


class LogLine(SQLModel, table=True):
    """One line that a process logged, without secrets."""

    __tablename__ = "log_lines"
    __table_args__ = (Index("ix_log_lines_at", "at"), Index("ix_log_lines_project", "project_id", "seq"))

    seq: int | None = Field(default=None, sa_column=Column(Sequence, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_type=UtcDateTime)
    level: str
    grade: int
    """The place of the level in LEVELS."""
    source: str
    """Which kind of process wrote it: web or worker."""
    logger: str
    message: str
    project_id: str | None = None
    bead_id: str | None = None
    agent_id: str | None = None
    run_id: str | None = None
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """What else the line says."""
