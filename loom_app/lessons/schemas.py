"""What the API takes and gives of lessons."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, model_validator

from loom_app.kernel.bodies import Body, Lenient, without
from loom_app.kernel.clock import now
from loom_app.lessons.models import Category, Lesson
from loom_app.lessons.ranking import Weighed, weight

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Detail = Annotated[str, StringConstraints(max_length=4_000)]
Path = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Files = Annotated[list[Path], Field(max_length=20, description="Files it is about, which make it found.")]
Relevance = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False, description="How much it counts, from 0 to 10.")]


class LessonDraft(Body):
    """A lesson a person writes."""

    title: Title
    detail: Detail = ""
    category: Annotated[Category, Lenient] = Category.CONVERSATION_INSIGHT
    files: Files = Field(default_factory=list)
    relevance: Relevance = 1.0
    pinned: bool = False


class LessonChange(Body):
    """What of a lesson is to change; what is left out stays. A whole LessonView may be sent back."""

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, LessonView.model_fields.keys() - cls.model_fields.keys())

    title: Title | None = None
    detail: Detail | None = None
    category: Annotated[Category, Lenient] | None = None
    files: Files | None = None
    relevance: Relevance | None = None
    pinned: bool | None = None
    disabled: bool | None = None


class LessonView(BaseModel):
    """A lesson."""

    id: str
    project_id: str
    category: Category
    title: str
    detail: str
    files: list[str]
    source_bead_id: str
    source_agent_id: str
    source_run_id: str
    author: str = Field(description="The id of the person who wrote it, empty for Loom.")
    relevance: float
    relevance_score: float = Field(description="What it counts now: its relevance, how often it was learned, its age.")
    hits: int = Field(description="How many runs taught it.")
    uses: int = Field(description="How many runs were told of it.")
    pinned: bool
    disabled: bool
    created_at: datetime
    seen_at: datetime
    used_at: datetime | None
    updated_at: datetime

    @classmethod
    def of(cls, lesson: Lesson) -> "LessonView":
        """The view of a lesson."""
        return cls(
            relevance_score=round(weight(weighed(lesson), now()), 4), **lesson.model_dump(exclude={"fingerprint"})
        )


def weighed(lesson: Lesson) -> Weighed:
    """A lesson as it is ranked."""
    return Weighed(
        lesson.title, lesson.detail, lesson.files, lesson.relevance, lesson.hits, lesson.pinned, lesson.seen_at
    )
