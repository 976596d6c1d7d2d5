"""The tables of decisions, of what is said about them and of who wants to see them later."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class DecisionStatus(StrEnum):
    """Whether a decision still waits, and how it ended: answered, by its default, or taken back."""

    OPEN = "open"
    DECIDED = "decided"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Decision(SQLModel, table=True):
    """A question with a risk, a deadline and a default. Only the first answer counts."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_waiting", "status", "deadline"),)

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", index=True)
    bead_id: str = Field(index=True)
    """The bead that waits for the answer; empty when none does."""
    run_id: str = ""
    kind: str
    """An `answers.Kind`: which answers it takes."""
    title: str
    question: str
    options: list[str] = Field(default_factory=list, sa_type=JsonValue)
    recommendation: str = ""
    context: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """What helps to answer; pages know `diff`, `command`, `output` and `cost_micros`."""
    risk: str = "medium"
    priority: int = 2
    default_option: str
    """What happens when nobody answers before the deadline."""
    deadline: datetime = Field(sa_type=UtcDateTime)
    requester_id: str
    returned_to: str = ""
    assigned_to: str = ""
    """The user or agent who is to answer; empty for whoever comes first."""
    delegations: list[dict[str, str]] = Field(default_factory=list, sa_type=JsonValue)
    """Who passed it on from whom to whom, when and why, oldest first."""
    answer_bead: str = Field(default="", index=True)
    """The bead through which an agent answers it, or was to: it counts for the day's number either way."""
    status: str = Field(default=DecisionStatus.OPEN, index=True)
    decision: str = ""
    rationale: str = ""
    changes: str = ""
    """What is to be done differently, of an approval with changes."""
    decider_id: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DecisionComment(SQLModel, table=True):
    """Something said about a decision."""

    __tablename__ = "decision_comments"

    id: str = Field(primary_key=True)
    decision_id: str = Field(foreign_key="decisions.id", index=True, ondelete="CASCADE")
    author_id: str
    author: str
    content: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Snooze(SQLModel, table=True):
    """Until when a person does not want to see a decision."""

    __tablename__ = "decision_snoozes"

    user_id: str = Field(primary_key=True)
    decision_id: str = Field(primary_key=True, foreign_key="decisions.id", index=True, ondelete="CASCADE")
    until: datetime = Field(sa_type=UtcDateTime)


class DecisionRules(SQLModel, table=True):
    """What agents may decide by themselves in a project; without a row nothing."""

    __tablename__ = "decision_rules"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    risks: list[str] = Field(default_factory=list, sa_type=JsonValue)
    kinds: list[str] = Field(default_factory=list, sa_type=JsonValue)
    per_day: int = 0
    """At most so many answers by agents in 24 hours."""
    set_by: str = ""
    set_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Verdict(StrEnum):
    """What became of a review that was asked of an agent; empty while nothing did."""

    NONE = ""
    APPROVED = "approved"
    REJECTED = "rejected"
    LEFT = "left"
    """It passed to somebody else, or to people."""


class ReviewPass(SQLModel, table=True):
    """A review of a run's work that its project wanted of an agent, answered once."""

    __tablename__ = "review_passes"

    id: str = Field(primary_key=True)
    decision_id: str = Field(foreign_key="decisions.id", index=True, ondelete="CASCADE")
    bead_id: str = Field(index=True)
    """What the reviewed run worked on."""
    run_id: str = Field(index=True)
    """The reviewed run."""
    role: str
    agent_id: str
    agent: str
    """What the agent was called then."""
    answer_bead: str = Field(index=True)
    """The bead through which the agent answers."""
    verdict: str = Verdict.NONE
    reason: str = ""
    asked_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
