"""What the API takes and gives of milestones."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from loom_app.beads.schemas import BeadId, Tags
from loom_app.kernel.bodies import Body, Lenient, without
from loom_app.kernel.moments import Moment
from loom_app.milestones.models import MilestoneStatus, MilestoneType

MOST_BEADS = 500


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Description = Annotated[str, StringConstraints(max_length=20_000)]
MilestoneId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Dependencies = Annotated[list[MilestoneId], Field(max_length=50), AfterValidator(_distinct)]
BeadIds = Annotated[list[BeadId], Field(max_length=MOST_BEADS), AfterValidator(_distinct)]


class MilestoneDraft(Body):
    """A milestone to be made."""

    name: Name
    description: Description = ""
    type: Annotated[MilestoneType, Lenient] = MilestoneType.CUSTOM
    status: Annotated[MilestoneStatus, Lenient] = MilestoneStatus.PLANNED
    due_date: Moment | None = None
    start_date: Moment | None = None
    parent_id: MilestoneId | None = None
    bead_ids: BeadIds = Field(default_factory=list)
    depends_on: Dependencies = Field(default_factory=list)
    tags: Tags = Field(default_factory=list)


class MilestoneChange(Body):
    """What of a milestone is to change; what is left out stays. null empties dates and `parent_id`.

    A whole MilestoneView may be sent back.
    """

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, MilestoneView.model_fields.keys() - cls.model_fields.keys())

    name: Name | None = None
    description: Description | None = None
    type: Annotated[MilestoneType, Lenient] | None = None
    status: Annotated[MilestoneStatus, Lenient] | None = None
    due_date: Moment | None = None
    start_date: Moment | None = None
    parent_id: MilestoneId | None = None
    bead_ids: BeadIds | None = None
    depends_on: Dependencies | None = None
    tags: Tags | None = None


class Reached(BaseModel):
    """How many beads count towards a milestone, those of milestones below it too, and how many of them are done."""

    done: int
    total: int


class MilestoneView(BaseModel):
    """A milestone."""

    id: str
    project_id: str
    name: str
    description: str
    type: str
    status: str
    due_date: datetime | None
    start_date: datetime | None
    completed_at: datetime | None
    parent_id: str | None
    bead_ids: list[str]
    depends_on: list[str]
    waits_for: list[str] = Field(description="Those of depends_on that are neither complete nor cancelled.")
    tags: list[str]
    progress: Reached
    urgency: str = Field(description="none, low, medium, high or critical, by the days left.")
    created_at: datetime
    updated_at: datetime
