"""The tables of reviews: what was said of lines, and what is to be taken back."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import UtcDateTime


class ReviewComment(SQLModel, table=True):
    """Something said of one line of a run's change."""

    __tablename__ = "review_comments"

    id: str = Field(primary_key=True)
    run_id: str = Field(foreign_key="runs.id", index=True, ondelete="CASCADE")
    path: str
    line: int
    side: str
    """`new` or `old`: which side's numbers `line` counts by."""
    text: str
    author_id: str
    author: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when the agent has it; None while the change has not been sent back."""


class RevertStatus(StrEnum):
    """How far taking back is."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class Revert(SQLModel, table=True):
    """Landed work that is to be taken back, once per run; a refused one may be asked for again."""

    __tablename__ = "reverts"

    run_id: str = Field(primary_key=True, foreign_key="runs.id", ondelete="CASCADE")
    project_id: str = Field(index=True)
    reason: str
    asked_by: str
    asker: str
    asked_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    status: str = Field(default=RevertStatus.WAITING, index=True)
    commit_hash: str = ""
    message: str = ""
    """What came of it, in a sentence."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Trouble(SQLModel, table=True):
    """Something in a merge queue that could not be done so far, kept until it is done or given up."""

    __tablename__ = "landing_troubles"

    kind: str = Field(primary_key=True)
    subject_id: str = Field(primary_key=True)
    tries: int = 0
    next_at: datetime = Field(sa_type=UtcDateTime)
    """When it is tried again."""
