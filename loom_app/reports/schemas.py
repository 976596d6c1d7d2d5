"""What the API takes and gives of reported errors."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from loom_app.beads.schemas import Short, Tags
from loom_app.kernel.moments import Moment
from loom_app.kernel.rest import Body, Shown
from loom_app.kernel.storable import Context

Severity = Literal["critical", "high", "medium", "low"]
Told = Annotated[str, StringConstraints(max_length=200_000)]


class ErrorReport(Body):
    """An error that a program met. Secrets in it are taken out, and long texts cut, before anything is kept."""

    title: Annotated[str, StringConstraints(max_length=2_000)] = Field(
        "", description="Made from error_type and message when it is empty."
    )
    source: Literal["frontend", "backend"] = "backend"
    error_type: Short = ""
    message: Told = ""
    stack_trace: Told = ""
    context: Context = Field(default_factory=dict)
    severity: Severity = "medium"
    occurred_at: Moment | None = Field(None, description="Now when it is left out.")
    project_id: Short = Field("", description="Left out: the project `loom`, or else the first of those you see.")
    tags: Tags = Field(default_factory=list, description="For the bead, besides auto-filed.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.title.strip() or self.error_type or self.message.strip()):
            raise ValueError("says nothing: give a title, an error_type or a message")
        return self


class FiledView(Shown):
    """The bead that an error is filed as, what became of the report in a sentence, and how often it was seen."""

    bead_id: str
    message: str
    occurrences: int
