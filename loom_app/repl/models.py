"""The tables of what people asked and were answered, and of what was proposed to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class Answered(StrEnum):
    """How a question was answered."""

    MODEL = "model"
    DATA = "data"
    """From Loom's data directly, without a model."""
    WORK = "work"
    """By starting work, or by saying why none was."""
    PROPOSAL = "proposal"
    """By proposing a change that was named outright."""


class Exchange(SQLModel, table=True):
    """A question and its answer; nobody but whoever asked reads it. It is forgotten after a while."""

    __tablename__ = "repl_exchanges"
    __table_args__ = (Index("ix_repl_exchanges_user", "user_id", "at"), Index("ix_repl_exchanges_at", "at"))

    id: str = Field(primary_key=True)
    user_id: str
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    message: str
    response: str
    answered: str
    notice: str = ""
    """Why it was not answered as it would have been, in a sentence."""
    provider_id: str = ""
    provider_name: str = ""
    model: str = ""
    tokens_input: int = 0
    tokens_output: int = 0
    cost_micros: int | None = Field(default=0, sa_type=BigInteger)
    """None where a model without a price was called."""
    latency_ms: int = 0
    links: list[dict[str, str]] = Field(default_factory=list, sa_type=JsonValue)
    suggestions: list[str] = Field(default_factory=list, sa_type=JsonValue)
    """What could be asked instead."""
    bead_id: str = ""
    """The bead that was filed for it."""


class ProposalStatus(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"
    STALE = "stale"
    """What it was about had changed when it was confirmed."""


class Proposal(SQLModel, table=True):
    """A change that waits for the person's word: what exactly, and what it was about as it stood then."""

    __tablename__ = "repl_proposals"
    __table_args__ = (Index("ix_repl_proposals_exchange", "exchange_id"),)

    id: str = Field(primary_key=True)
    exchange_id: str = Field(foreign_key="repl_exchanges.id", ondelete="CASCADE")
    user_id: str
    kind: str
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    title: str
    effects: list[str] = Field(default_factory=list, sa_type=JsonValue)
    """What will happen, a sentence each."""
    seen: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """The facts it stands on."""
    status: str = ProposalStatus.OPEN
    result: str = ""
    """What was done, or why it was not."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
