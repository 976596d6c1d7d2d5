"""The tables of budgets, of what is used of them and of the calls that used it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class Scope(StrEnum):
    """Whose spending a budget bounds."""

    SYSTEM = "system"
    PROJECT = "project"
    AGENT = "agent"
    USER = "user"
    BEAD = "bead"


class Window(StrEnum):
    """For how long a budget lasts before it begins anew; `total` never does."""

    DAILY = "daily"
    MONTHLY = "monthly"
    TOTAL = "total"


class Budget(SQLModel, table=True):
    """A ceiling on what one scope spends within a window."""

    __tablename__ = "budgets"
    __table_args__ = (UniqueConstraint("scope", "scope_id", "window", name="ux_budgets_scope"),)

    id: str = Field(primary_key=True)
    scope: str
    scope_id: str = ""
    """The project, agent, user or bead; empty for the whole system."""
    project_id: str = Field(default="", index=True)
    """The project that the scope belongs to; empty for the system and for users."""
    window: str
    limit_micros: int = Field(sa_type=BigInteger)
    alert_percent: int = 80
    """From how much of the limit on people are warned."""
    allow_unpriced: bool = False
    """Whether models without a price may be called under it, whose cost nobody knows."""
    is_default: bool = False
    """Whether the settings made it and nobody has changed it since; then it follows them."""
    created_by: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class BudgetWindow(SQLModel, table=True):
    """What is used of a budget between two moments: the sums of the ledger, kept so that a call need not add them."""

    __tablename__ = "budget_windows"

    budget_id: str = Field(primary_key=True, foreign_key="budgets.id", ondelete="CASCADE")
    starts_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    used_micros: int = Field(default=0, sa_type=BigInteger)
    reserved_micros: int = Field(default=0, sa_type=BigInteger)
    unpriced_calls: int = 0
    alerted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_limit: int | None = Field(default=None, sa_type=BigInteger)
    """The limit that a call did not fit under; with another limit the budget is open again."""
    decision_id: str = ""
    """The question what is to be done about it."""


class CallStatus(StrEnum):
    """Where a call stands. One whose reservation was let go may still be settled, when its cost comes late."""

    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"
    EXPIRED = "expired"


TRANSITIONS: dict[CallStatus, frozenset[CallStatus]] = {
    CallStatus.RESERVED: frozenset({CallStatus.SETTLED, CallStatus.RELEASED, CallStatus.EXPIRED}),
    CallStatus.RELEASED: frozenset({CallStatus.SETTLED}),
    CallStatus.EXPIRED: frozenset({CallStatus.SETTLED}),
    CallStatus.SETTLED: frozenset(),
}


class Call(SQLModel, table=True):
    """One call to a model: who made it for whom, what it could cost and what it did. Rows outlive what they name."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_at", "at"),
        Index("ix_ledger_project", "project_id", "at"),
        Index("ix_ledger_agent", "agent_id", "at"),
        Index("ix_ledger_user", "user_id", "at"),
        Index("ix_ledger_bead", "bead_id", "at"),
        Index("ix_ledger_run", "run_id"),
        Index("ix_ledger_provider", "provider_id", "answered_by"),
        Index("ix_ledger_open", "status", "expires_at"),
    )

    id: str = Field(primary_key=True)
    purpose: str
    status: str = CallStatus.RESERVED
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    """When it was reserved; the windows that this moment falls into pay for it."""
    expires_at: datetime = Field(sa_type=UtcDateTime)
    """From when on nobody can be waiting for its answer any more."""
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    project_id: str = ""
    agent_id: str = ""
    user_id: str = ""
    bead_id: str = ""
    run_id: str = ""
    turn: int | None = None
    provider_id: str
    model: str
    """The model that was asked for."""
    answered_by: str = ""
    """The model that answered and is paid for."""
    rates: dict[str, int | None] = Field(default_factory=dict, sa_type=JsonValue)
    """What its kinds of tokens cost when it was settled, in micro-dollars per million."""
    tokens_input: int = 0
    tokens_cached: int = 0
    tokens_cache_write: int = 0
    tokens_output: int = 0
    tokens_reasoning: int = 0
    estimated: bool = False
    """Whether the tokens were counted by Loom because the provider did not say."""
    reserved_micros: int | None = Field(default=None, sa_type=BigInteger)
    """The largest possible cost; None where the model had no price."""
    cost_micros: int | None = Field(default=None, sa_type=BigInteger)
    """None while it is not settled, and of a settled one that the model had no price."""
    request_id: str = ""
    """What the provider calls it."""
    note: str = ""
    """Why it failed or was let go."""


class UsageMark(SQLModel, table=True):
    """Calls of this hour have ended since their sums were made; each ending leaves a mark of its own.

    Whoever makes the sums anew removes the marks it saw, so that an ending committed meanwhile is never passed over.
    """

    __tablename__ = "usage_marks"
    __table_args__ = (Index("ix_usage_marks_hour", "hour"),)

    id: str = Field(primary_key=True)
    hour: datetime = Field(sa_type=UtcDateTime)
    """Where it begins, in UTC, and so its end and its day."""
    ends: datetime = Field(sa_type=UtcDateTime)
    day: datetime = Field(sa_type=UtcDateTime)
    day_ends: datetime = Field(sa_type=UtcDateTime)
