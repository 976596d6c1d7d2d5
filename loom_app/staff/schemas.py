"""What the API takes and gives of the team."""

from datetime import datetime

from pydantic import BaseModel, Field

from loom_app.agents.schemas import AgentView, Name, Reference
from loom_app.kernel.rest import Body


class Progress(BaseModel):
    """What a working agent has to show. `doing` is an action, `model` while it thinks, empty while it sets up."""

    run_id: str
    bead_id: str
    bead_title: str
    turn: int
    max_turns: int
    doing: str
    progress_at: datetime
    cost_micros: int | None
    cost: str
    lease_until: datetime | None = Field(description="Until when the bead is held; it renews itself while it lives.")


class Spent(BaseModel):
    """What all runs of an agent took; of unpriced ones nobody knows the cost."""

    runs: int = 0
    cost_micros: int = 0
    cost: str = "$0.00"
    unpriced: int = 0
    tokens: int = 0


class AgentShown(AgentView):
    """An agent with the evidence for what it does. `standing` says in a sentence what it is at or waits for."""

    standing: str
    progress: Progress | None
    spent: Spent


class Retirement(Body):
    """Why an agent is let go."""

    reason: str = Field("", max_length=500)


class CloneDraft(Body):
    """A copy of an agent. `new_persona_name` is made from `source_persona` (its own when empty) if it is not there."""

    new_persona_name: Reference = ""
    new_agent_name: Name | None = None
    source_persona: Reference = ""
    replace: bool = Field(True, description="Let the first one go; the copy takes over its seat and beads.")
