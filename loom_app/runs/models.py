"""The tables of runs, turns and actions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, text
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class RunStatus(StrEnum):
    """Where a run stands."""

    CLAIMED = "claimed"
    RUNNING = "running"
    FINISHED = "finished"
    WAITING = "waiting"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


LIVE = (RunStatus.CLAIMED, RunStatus.RUNNING)

TRANSITIONS: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.CLAIMED: frozenset(
        {RunStatus.RUNNING, RunStatus.WAITING, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.LOST}
    ),
    RunStatus.RUNNING: frozenset(
        {RunStatus.FINISHED, RunStatus.WAITING, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.LOST}
    ),
    **{ended: frozenset() for ended in RunStatus if ended not in LIVE},
    RunStatus.WAITING: frozenset({RunStatus.FINISHED, RunStatus.RUNNING}),
}


class TerminalReason(StrEnum):
    """Why a run ended."""

    COMPLETED = "completed"
    ESCALATED = "escalated"
    REVIEW = "review"
    SENT_BACK = "sent_back"
    NO_ACTIONS = "no_actions"
    MAX_TURNS = "max_turns"
    PARSE_FAILURES = "parse_failures"
    VALIDATION_FAILURES = "validation_failures"
    REPEATED = "repeated_responses"
    BUDGET = "budget_reached"
    CANCELLED = "cancelled"
    TAKEN_OVER = "taken_over"
    PAIRED = "paired"
    """A person talks with its agent, and nothing was changed so far."""
    PROVIDER_ERROR = "provider_error"
    REPOSITORY_ERROR = "repository_error"
    LEASE_LOST = "lease_lost"
    INTERNAL_ERROR = "internal_error"


class Run(SQLModel, table=True):
    """One agent's attempt at one bead."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "ux_runs_live_bead",
            "bead_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_runs_bead", "bead_id", "created_at"),
        Index("ix_runs_project_created", "project_id", "created_at"),
        Index("ix_runs_agent", "agent_id", "created_at"),
        Index("ix_runs_status", "status"),
    )

    id: str = Field(primary_key=True)
    bead_id: str = Field(foreign_key="beads.id", ondelete="CASCADE")
    project_id: str = Field(foreign_key="projects.id", index=True)
    agent_id: str
    provider_id: str
    model: str
    token: int
    """The fencing token of the lease the run was begun with."""
    status: str = RunStatus.CLAIMED
    terminal_reason: str = ""
    message: str = ""
    """How the run ended, in a sentence for people."""
    cancel_requested: bool = False
    pause_requested: bool = False
    """Whether it is to rest before its next turn."""
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when it rests; None while it works."""
    taken_by: str = ""
    """The person who has taken its work over, or is to have it."""
    paired_with: str = ""
    """The person who leads it by talking with its agent; empty for a run that works by itself."""
    paired_name: str = ""
    turn_count: int = 0
    branch: str = ""
    base_commit: str = ""
    commit_hash: str = ""
    diff: str = ""
    """The run's whole change as a unified diff, cut at a stated size."""
    tokens_input: int = 0
    tokens_cached: int = 0
    tokens_output: int = 0
    tokens_reasoning: int = 0
    cost_micros: int | None = None
    why: str = ""
    """Why this bead went to this agent."""
    lessons: list[dict[str, str]] = Field(default_factory=list, sa_type=JsonValue)
    """The lessons it was told of at its beginning, each with id and title."""
    persona_name: str = ""
    persona_revision: int | None = None
    """What its agent worked by; None before it was told."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    conversation_deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when the texts of its turns and actions are gone because somebody deleted them; None while they are not."""


class Turn(SQLModel, table=True):
    """One exchange with the model. The reply is stored before any of its actions runs."""

    __tablename__ = "turns"

    run_id: str = Field(primary_key=True, foreign_key="runs.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    system_prompt: str = ""
    """Set on the first turn only; the same for the whole run."""
    prompt: str
    """What was new for the model in this turn: the task on the first, results afterwards."""
    reply: str | None = None
    reply_hash: str = ""
    fault: str = ""
    """What was wrong with the reply; empty when it could be read."""
    notes: str = ""
    model: str = ""
    """The model that answered."""
    model_asked: str = ""
    """The model that was asked for."""
    format: str = ""
    """The form in which the model was asked for actions; empty is the envelope."""
    tool_calls: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonValue)
    """The functions the model called, each with `id`, `name` and the `arguments` it wrote; `reply` tells the same."""
    said: str = ""
    """What it wrote beside them; while a person is told of the answer as it comes, all the text there is so far."""
    tool_results: list[list[int]] = Field(default_factory=list, sa_type=JsonValue)
    """Which parts of the prompt answer which calls of the turn before: number of the call, and where its part ends."""
    finish_reason: str = ""
    shortfall: str = ""
    """What the reply lacks and how to mend it, in a sentence: cut off, refused, empty; empty for a whole one."""
    tokens_input: int = 0
    tokens_cached: int = 0
    tokens_output: int = 0
    tokens_reasoning: int = 0
    tokens_estimated: bool = False
    cost_micros: int | None = None
    latency_ms: int | None = None
    first_token_ms: int | None = None
    dropped_turns: int = 0
    """How many earlier turns a summary stood for in what was sent, to fit the model's context."""
    context: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """How what was sent was fitted: tokens allowed (`limit`) and thought to be sent (`estimate`), turns told in short
    (`shortened`), whether the task was cut (`cut`), and what the next turn goes on from."""
    gist: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """The turn in short, for when it is no longer told whole."""
    diff: str = ""
    """What the turn changed, where a person follows it; cut at a stated size."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When its prompt was final and the model first asked."""
    replied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Nudge(SQLModel, table=True):
    """What a person says to whoever works on a bead: heard in one turn, the next that is asked."""

    __tablename__ = "nudges"
    __table_args__ = (Index("ix_nudges_waiting", "bead_id", "heard_run_id"),)

    id: str = Field(primary_key=True)
    bead_id: str = Field(foreign_key="beads.id", ondelete="CASCADE")
    run_id: str = Field(foreign_key="runs.id", ondelete="CASCADE", index=True)
    """The run that was on when it was said."""
    author: str
    author_name: str
    text: str
    heard_run_id: str = Field(default="", index=True)
    """The run that was told; empty while it waits."""
    heard_turn: int = 0
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class ActionStatus(StrEnum):
    """Where an action stands."""

    PENDING = "pending"
    STARTED = "started"
    EXECUTED = "executed"
    ERROR = "error"
    INTERRUPTED = "interrupted"
    SKIPPED = "skipped"


class RunAction(SQLModel, table=True):
    """One action of a turn, run once; (run, turn, position) is its idempotency key."""

    __tablename__ = "actions"
    __table_args__ = (Index("ix_actions_type", "type", "started_at"),)

    run_id: str = Field(primary_key=True, foreign_key="runs.id", ondelete="CASCADE")
    turn: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    type: str
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    status: str = ActionStatus.PENDING
    message: str = ""
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SuiteRun(SQLModel, table=True):
    """What the project's tests said when an agent ran them. `coverage` is in percent, None where they do not tell."""

    __tablename__ = "test_results"
    __table_args__ = (Index("ix_test_results_project", "project_id", "success", "seq"),)

    seq: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    )
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE")
    run_id: str = Field(foreign_key="runs.id", index=True, ondelete="CASCADE")
    bead_id: str
    success: bool
    passed: int | None = None
    failed: int | None = None
    coverage: float | None = None
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
