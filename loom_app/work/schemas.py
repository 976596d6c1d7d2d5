"""What the API takes and gives of work that is asked for directly."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from loom_app.kernel.bodies import Body
from loom_app.kernel.storable import Context

LONGEST = 50_000
Named = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class WorkRequest(Body):
    """What an agent is to do. `context` is told with the prompt: a text, or names with values."""

    agent_id: Named
    project_id: Named
    prompt: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]
    context: Annotated[str, StringConstraints(max_length=LONGEST)] | Context = ""
    timeout_sec: Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)] = 60.0
    """How long the answer waits for the result; the work goes on whether anybody waits or not."""


class WorkView(BaseModel):
    """How the work stands. While it is not `finished` the bead tells the rest."""

    bead_id: str
    project_id: str
    agent_id: str
    finished: bool
    status: str = Field(description="The bead's: open, in_progress, blocked or done.")
    response: str = Field(description="What the agent said at the end, or where the work stands.")
    run_id: str = Field(description="Its newest run; empty before the first.")
    run_status: str
    provider_id: str
    model: str
    tokens_used: int
    cost_micros: int | None
    cost: str
    commit_hash: str
    latency_ms: int
    href: str = Field(description="The bead's page.")
