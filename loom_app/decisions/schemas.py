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


class Escalation(Body):
    """Why people are asked about a bead, and which agent, role or person goes on with it afterwards."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]
    returned_to: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class DecisionView(BaseModel):
    """A question about a bead, and its answer once there is one, in the form of a bead.

    `parent` and `blocks` are the bead it is about, `due_date` is the deadline, `closed_at` when it was answered.
    """

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
    assigned_to: str = ""
    blocked_by: list[str] = []
    blocks: list[str]
    related_to: list[str] = []
    children: list[str] = []
    tags: list[str] = []
    context: dict[str, Any] = {}
    due_date: datetime
    milestone_id: str | None = None
    estimated_time: int | None = None
    closed_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> "DecisionView":
        """The decision in `row`, a Decision or a row of its table, as it is shown."""
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        derived = {
            "description": row.question,
            "parent": row.bead_id,
            "blocks": [row.bead_id],
            "due_date": row.deadline,
            "closed_at": row.decided_at,
            "updated_at": row.decided_at or row.created_at,
        }
        return cls.model_validate({**own, **derived})
