"""What the API takes and gives of the life of a project."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from loom_app.kernel.bodies import Body
from loom_app.projects.schemas import Ignored, Remark


class Closing(Body):
    """That a project ends or goes on, with a word about it that becomes a comment."""

    comment: Remark = ""
    author_id: Ignored = ""
    """Taken from clients of the first Loom and left aside: the author is whoever is signed in."""


class DecisionRequired(BaseModel):
    """The answer while people are asked whether a project with work left is to be closed."""

    status: Literal["decision_required"] = "decision_required"
    message: str
    decision_id: str
    decision_bead: str = Field(description="The same as decision_id, under its older name.")
    open_beads: int


class Assignment(Body):
    """An agent that is to work for the project, or for it no more."""

    agent_id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    action: Literal["assign", "unassign"]


class StateView(BaseModel):
    """How a project stands."""

    id: str
    name: str
    status: str
    is_perpetual: bool
    is_sticky: bool
    open_beads: int = Field(description="How many beads are not done.")
    can_close: bool = Field(description="Whether closing it needs nobody's decision.")
    readiness_ok: bool
    readiness_issues: list[str]
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    comments_count: int
