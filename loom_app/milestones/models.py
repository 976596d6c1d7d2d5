"""The tables of milestones."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class MilestoneType(StrEnum):
    """What kind of moment it is."""

    RELEASE = "release"
    SPRINT_END = "sprint_end"
    QUARTERLY_REVIEW = "quarterly_review"
    ANNUAL_REVIEW = "annual_review"
    CUSTOM = "custom"


class MilestoneStatus(StrEnum):
    """Where it stands. Every change between these is allowed to people; Loom itself says `missed`."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"
    MISSED = "missed"
    CANCELLED = "cancelled"


AHEAD = (MilestoneStatus.PLANNED, MilestoneStatus.IN_PROGRESS)
"""Still to be reached, and in time."""


class Milestone(SQLModel, table=True):
    """Something to be reached in a project, mostly by a date."""

    __tablename__ = "milestones"
    __table_args__ = (Index("ix_milestones_due", "status", "due_date"),)

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", index=True, ondelete="CASCADE")
    name: str
    description: str = ""
    type: str = MilestoneType.CUSTOM
    status: str = MilestoneStatus.PLANNED
    due_date: datetime | None = Field(default=None, sa_type=UtcDateTime)
    start_date: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    parent_id: str | None = Field(default=None, foreign_key="milestones.id", index=True, ondelete="SET NULL")
    tags: list[str] = Field(default_factory=list, sa_type=JsonValue)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class MilestoneDependency(SQLModel, table=True):
    """`milestone_id` is reached after `depends_on_id`, a milestone of the same project."""

    __tablename__ = "milestone_dependencies"

    milestone_id: str = Field(primary_key=True, foreign_key="milestones.id", ondelete="CASCADE")
    depends_on_id: str = Field(primary_key=True, foreign_key="milestones.id", index=True, ondelete="CASCADE")
