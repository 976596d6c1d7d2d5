"""What is sent and shown of pair programming."""

from datetime import datetime

from pydantic import BaseModel, Field, field_validator

from loom_app.kernel.rest import Body
from loom_app.runs.schemas import ActionView

LONGEST = 20_000
"""Characters of one message."""


class PairRequest(Body):
    """What a person says to an agent about a bead."""

    agent_id: str = Field(min_length=1, max_length=200)
    bead_id: str = Field(min_length=1, max_length=200)
    message: str = Field(min_length=1, max_length=LONGEST)

    @field_validator("message")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must say something")
        return value.strip()


class FinishRequest(Body):
    """What the commit is to say of the work."""

    message: str = Field(default="", max_length=2_000)


class Said(BaseModel):
    """One thing that was said: by the person, or by the agent, with what it did and what that cost."""

    turn: int
    role: str = Field(description="person or agent.")
    text: str
    at: datetime
    actions: list[ActionView] = []
    diff: str = Field("", description="What the actions changed.")
    fault: str = Field("", description="Why no answer came, or the rest of it did not.")
    remark: str = Field("", description="What the answer lacks, such as that it was stopped.")
    model: str = ""
    tokens: int = 0
    cost_micros: int | None = None
    is_over: bool = True


class PairView(BaseModel):
    """A person's newest talk with an agent about a bead."""

    session_id: str | None = Field(description="The run that keeps it; null before anything was said.")
    bead_id: str
    agent_id: str | None
    agent_name: str
    live: bool = Field(description="An answer is on.")
    place: str = Field(description="Last-Event-ID from which the stream goes on after what is shown here.")
    changes_refused: str = Field(description="Why nothing may be changed here; empty where things may be.")
    has_changes: bool = Field(description="There is work on the branch that can be finished or given back.")
    is_finished: bool = Field(description="Its work was handed in; the next message begins a new talk.")
    message: str = Field(description="How it stands, in a sentence.")
    branch: str
    tokens: int
    cost_micros: int | None
    cost: str
    messages: list[Said] = Field(description="The newest, oldest first.")
    earlier: int = Field(description="How many turns before them are not shown.")
