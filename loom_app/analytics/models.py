"""The tables of sums: what the calls that began within an hour or a day come to."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.columns import UtcDateTime


class Usage(SQLModel, table=True):
    """The calls of one grain of time, of one user, agent, project, bead, provider and model."""

    __tablename__ = "usage"
    __table_args__ = (Index("ix_usage_bead", "bead_id", "grain", "starts"),)

    grain: str = Field(primary_key=True)
    """`minute`, `hour` or `day`, in UTC. Minutes are kept for the last days alone."""
    starts: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    user_id: str = Field(primary_key=True)
    agent_id: str = Field(primary_key=True)
    project_id: str = Field(primary_key=True)
    bead_id: str = Field(primary_key=True)
    provider_id: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    requests: int = 0
    failed: int = 0
    """Let go or outlived: no answer came."""
    answered: int = 0
    unpriced: int = 0
    """Answered by a model without a price."""
    tokens_input: int = Field(default=0, sa_type=BigInteger)
    tokens_cached: int = Field(default=0, sa_type=BigInteger)
    """Part of the input."""
    tokens_output: int = Field(default=0, sa_type=BigInteger)
    tokens_reasoning: int = Field(default=0, sa_type=BigInteger)
    """Part of the output."""
    cost_micros: int = Field(default=0, sa_type=BigInteger)
    ms: float = 0.0
    """How long the answered ones took together."""


class UsageLatency(SQLModel, table=True):
    """How many answers of an hour or a day took about equally long."""

    __tablename__ = "usage_latencies"

    grain: str = Field(primary_key=True)
    starts: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    user_id: str = Field(primary_key=True)
    project_id: str = Field(primary_key=True)
    provider_id: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    band: int = Field(primary_key=True)
    """The last of the bounds that it took longer than; see `latency.BOUNDS`."""
    answered: int = 0
