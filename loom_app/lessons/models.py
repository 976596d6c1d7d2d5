"""The table of lessons."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class Category(StrEnum):
    """What a lesson comes from."""

    COMPILER_ERROR = "compiler_error"
    TEST_FAILURE = "test_failure"
    EDIT_FAILURE = "edit_failure"
    LOOP_PATTERN = "loop_pattern"
    CONVERSATION_INSIGHT = "conversation_insight"
    REVIEW = "review"


class Lesson(SQLModel, table=True):
    """Something worth knowing in a project. The same thing learned again is the same lesson, with more `hits`."""

    __tablename__ = "lessons"
    __table_args__ = (Index("ux_lessons_fingerprint", "project_id", "fingerprint", unique=True),)

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE")
    fingerprint: str
    """The same for what is the same, whatever ids and numbers it was told with."""
    category: str = Category.CONVERSATION_INSIGHT
    title: str
    detail: str = ""
    files: list[str] = Field(default_factory=list, sa_type=JsonValue)
    source_bead_id: str = ""
    source_agent_id: str = ""
    source_run_id: str = ""
    author: str = ""
    """The person who wrote it; empty for Loom."""
    relevance: float = 1.0
    """How much it counts, from 0 to 10; people may change it."""
    hits: int = 1
    """How many runs taught it."""
    uses: int = 0
    """How many runs were told of it."""
    pinned: bool = False
    """It does not age and is told before others."""
    disabled: bool = False
    """It is told to nobody, and learning it again changes nothing of that."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    """When it was learned last, from which it ages."""
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
