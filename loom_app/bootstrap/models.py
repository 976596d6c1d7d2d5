"""The tables of bootstraps: how far each has come, so that nobody needs to ask Temporal."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import UtcDateTime


class BootstrapStatus(StrEnum):
    """How a bootstrap stands. `waiting` goes on by itself once a person has done what its step says."""

    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"
    CANCELLED = "cancelled"
    READY = "ready"


UNFINISHED = (BootstrapStatus.RUNNING, BootstrapStatus.WAITING)


class StepName(StrEnum):
    """The steps in their order. The key comes first: a clone over SSH needs it."""

    KEY = "key"
    REPOSITORY = "repository"
    STRUCTURE = "structure"
    BEADS = "beads"
    COMMIT = "commit"
    PLAN = "plan"
    TEAM = "team"


class StepStatus(StrEnum):
    """How a step stands."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"
    DONE = "done"


class Bootstrap(SQLModel, table=True):
    """One project's bootstrap. `attempt` counts how often it was begun; a step of an earlier attempt is not taken."""

    __tablename__ = "bootstraps"
    __table_args__ = (
        Index(
            "ix_bootstraps_request", "created_by", "request_key", unique=True,
            sqlite_where=text("request_key <> ''"), postgresql_where=text("request_key <> ''"),
        ),
    )  # fmt: skip

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    status: str = Field(default=BootstrapStatus.RUNNING, index=True)
    attempt: int = 1
    prd: str
    bead_id: str = ""
    """The first bead, which asks for the PRD to be expanded; empty before there is one."""
    request_key: str = ""
    """The Idempotency-Key it was asked for under."""
    request_digest: str = ""
    created_by: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BootstrapStep(SQLModel, table=True):
    """One step. `error` on a step that is done is a warning: what did not work and does not keep the rest back."""

    __tablename__ = "bootstrap_steps"

    project_id: str = Field(primary_key=True, foreign_key="bootstraps.project_id", ondelete="CASCADE")
    name: str = Field(primary_key=True)
    place: int
    status: str = StepStatus.PENDING
    detail: str = ""
    error: str = ""
    mend: str = ""
    """What a person can do about `error`."""
    tries: int = 0
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
