"""The table of what was last found of projects' repositories."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class ProjectReadiness(SQLModel, table=True):
    """The last look at a project's repository, and what people were told then."""

    __tablename__ = "project_readiness"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    basis: str
    """What the finding rests on: address, branch, keys, login, hosts. It counts for nothing once that has changed."""
    finding: dict[str, Any] = Field(sa_type=JsonValue)
    checked_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    state: str = ""
    told: list[str] = Field(default_factory=list, sa_type=JsonValue)
    """The codes of the reasons the last event named."""
