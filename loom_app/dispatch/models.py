"""The table of choices: why a run's agent was given the bead, kept as it was at that moment."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class Choice(SQLModel, table=True):
    """Who was weighed for a run, with their scores."""

    __tablename__ = "dispatch_choices"

    run_id: str = Field(primary_key=True, foreign_key="runs.id", ondelete="CASCADE")
    why: str
    candidates: list[dict[str, Any]] = Field(sa_type=JsonValue)
    """Whoever was weighed, the chosen one first: agent_id, name, role, score, parts and, of others, why_not."""
    weighed: int
    """How many there were; the list keeps the first of them."""
    made_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
