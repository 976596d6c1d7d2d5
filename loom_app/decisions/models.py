"""The table of decisions."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class DecisionStatus(StrEnum):
    """Whether a decision still waits."""

    OPEN = "open"
    DECIDED = "decided"
    EXPIRED = "expired"


class Decision(SQLModel, table=True):
    """A question with a risk, a deadline and a default. Only the first answer counts."""

    __tablename__ = "decisions"

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", index=True)
    bead_id: str = Field(index=True)
    run_id: str = ""
    kind: str
    """`escalation` (answered approve, deny or needs_more_info) or `question` (answered in words)."""
    title: str
    question: str
    options: list[str] = Field(default_factory=list, sa_type=JsonValue)
    recommendation: str = ""
    risk: str = "medium"
    priority: int = 2
    default_option: str
    """What happens when nobody answers before the deadline."""
    deadline: datetime = Field(sa_type=UtcDateTime)
    requester_id: str
    returned_to: str = ""
    status: str = Field(default=DecisionStatus.OPEN, index=True)
    decision: str = ""
    rationale: str = ""
    decider_id: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
