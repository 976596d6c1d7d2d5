"""The tables of the language: what was asked, what became of it, which schedules there are, what they brought about."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class Source(StrEnum):
    """Where instructions were found."""

    REPLY = "reply"
    PERSONA = "persona"


class InstructionStatus(StrEnum):
    """How far an instruction is."""

    PENDING = "pending"
    STARTED = "started"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


OVER = (InstructionStatus.DONE, InstructionStatus.FAILED, InstructionStatus.REFUSED)


class TemporalExecution(SQLModel, table=True):
    """The instructions of one reply or persona, kept once for each `cause`. `source` is a Source."""

    __tablename__ = "temporal_executions"
    __table_args__ = (
        Index("ux_temporal_executions_cause", "cause", unique=True),
        Index("ix_temporal_executions_project", "project_id", "created_at"),
        Index("ix_temporal_executions_agent", "agent_id", "created_at"),
        Index("ix_temporal_executions_run", "run_id"),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE")
    agent_id: str
    agent_name: str
    role: str
    source: str
    cause: str
    """What it was found in: run and turn, or agent and digest of what the persona says."""
    run_id: str = ""
    turn: int = 0
    bead_id: str = ""
    depth: int = 0
    """How many schedules and workflows of the language stand behind the work that asked for this."""
    faults: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonValue)
    """What could not be read, each with `line`, `column` and `message`."""
    is_told: bool = False
    """Whether the agent was told of the faults."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class TemporalInstruction(SQLModel, table=True):
    """One instruction, carried out once. `status` is an InstructionStatus."""

    __tablename__ = "temporal_instructions"
    __table_args__ = (
        Index("ux_temporal_instructions_place", "execution_id", "position", unique=True),
        Index("ix_temporal_instructions_status", "status", "created_at"),
        Index("ix_temporal_instructions_handle", "project_id", "handle"),
        Index("ix_temporal_instructions_agent", "agent_id", "created_at"),
    )

    id: str = Field(primary_key=True)
    execution_id: str = Field(foreign_key="temporal_executions.id", ondelete="CASCADE")
    position: int
    project_id: str
    agent_id: str
    kind: str
    name: str
    keys: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """What its keys hold; lengths of time in nanoseconds."""
    line: int = 1
    column: int = 1
    status: str = InstructionStatus.PENDING
    handle: str = ""
    """What the workflow it started is called within the project."""
    result: Any = Field(default=None, sa_type=JsonValue)
    error: str = ""
    told: str = ""
    """The status the agent was told of; empty before that."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    executed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    duration: float = 0.0
    """Seconds it took."""


class TemporalSchedule(SQLModel, table=True):
    """A schedule that an agent asked for. Temporal keeps the time; whether it still holds, this says."""

    __tablename__ = "temporal_schedules"
    __table_args__ = (
        Index(
            "ux_temporal_schedules_name", "project_id", "name", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_temporal_schedules_agent", "agent_id"),
    )  # fmt: skip

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE")
    name: str
    agent_id: str
    agent_name: str
    role: str
    workflow: str
    """The type of workflow that it starts."""
    input: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    interval: int = Field(sa_type=BigInteger)
    """Nanoseconds from one firing to the next."""
    timeout: float
    """Seconds one firing may work."""
    retry: int = 0
    depth: int = 0
    source: str
    description: str = ""
    firings: int = 0
    fired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    bead_id: str = ""
    """The bead it filed last."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when a person has it rest; None while it fires."""
    paused_by: str = ""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_because: str = ""


class TemporalEffect(SQLModel, table=True):
    """What one workflow of the language brought about, written with it, so that it comes about once."""

    __tablename__ = "temporal_effects"
    __table_args__ = (Index("ix_temporal_effects_project", "project_id", "created_at"),)

    workflow_id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE")
    instruction_id: str = ""
    schedule_id: str = Field(default="", index=True)
    name: str
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
