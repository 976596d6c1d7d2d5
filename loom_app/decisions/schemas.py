"""What the API takes and gives of decisions."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from loom_app.decisions.answers import LONGEST
from loom_app.kernel.rest import Body

Words = Annotated[str, StringConstraints(max_length=LONGEST, pattern=r"^[^\x00]*$")]


class Answer(Body):
    """An answer and why. `decider_id` counts only from those who hold decisions:admin and pass on another's answer."""

    decision: Words
    rationale: Words = ""
    decider_id: Annotated[str, StringConstraints(max_length=200)] = ""


class DecisionView(BaseModel):
    """A question about a bead, and its answer once there is one. `parent` is that bead again."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    type: str = "decision"
    kind: str
    title: str
    description: str
    question: str
    options: list[str]
    recommendation: str
    risk: str
    priority: int
    status: str
    project_id: str
    bead_id: str
    parent: str
    run_id: str
    requester_id: str
    returned_to: str
    default_option: str
    deadline: datetime
    decision: str
    rationale: str
    decider_id: str
    created_at: datetime
    updated_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> "DecisionView":
        """The decision in `row`, a Decision or a row of its table, as it is shown."""
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        derived = {
            "description": row.question,
            "parent": row.bead_id,
            "updated_at": row.decided_at or row.created_at,
        }
        return cls.model_validate({**own, **derived})
