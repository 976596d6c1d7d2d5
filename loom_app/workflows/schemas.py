"""What the API gives of durable workflows."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from loom_app.kernel.rest import Shown


class State(StrEnum):
    """How a workflow stands. One that waits goes on when a person has done something, or at its deadline."""

    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Deed(Shown):
    """Something that can be done about a workflow, and the address that does it by POST."""

    name: str = Field(description="`pause`, `resume`, `cancel` or `retry`.")
    href: str
    permission: str


class Execution(Shown):
    """What Temporal says of a workflow."""

    id: str
    type: str
    status: str = Field(description="Such as `running`, `completed`, `failed`, `terminated`, `timed_out`.")
    run_id: str
    project_id: str = Field(description="What its search attribute says; empty for Loom's own.")
    events: int = Field(description="How long its history is.")
    started_at: datetime
    closed_at: datetime | None
    page: str = Field(description="Its page at Temporal, on the machine that runs Loom; empty for a foreign one.")


class Workflow(Shown):
    """A workflow that a run, a decision or a bootstrap stands for."""

    id: str = Field(description="What Temporal calls it.")
    type: str
    state: State
    title: str
    why: str = Field(description="What it waits for or how it ended, in a sentence; empty while it runs.")
    project_id: str
    bead_id: str
    agent_id: str
    agent: str = Field(description="What that agent is called.")
    run_id: str
    decision_id: str
    turn: int | None = Field(None, description="The turn a run is at.")
    since: datetime
    moved_at: datetime = Field(description="When it last came on.")
    ended_at: datetime | None
    deeds: list[Deed] = Field(description="What you can do about it.")
    temporal: Execution | None = Field(description="What Temporal says of it; null when it says nothing.")


class Reached(Shown):
    """Whether Temporal answers, and why not."""

    answers: bool
    why: str


class Workflows(Shown):
    """A page of workflows, newest first, with how many there are in each state."""

    workflows: list[Workflow]
    count: int
    states: dict[State, int]
    own: list[Execution] = Field(description="What else runs: Loom's own clocks, and what agents have started.")
    temporal: Reached


class Step(Shown):
    """Something in the course of a workflow. What it was told and what it answered are not shown."""

    kind: str = Field(description="`began`, `activity`, `beat`, `timer`, `signal`, `child`, `fault` or `ended`.")
    name: str
    summary: str = ""
    begun_at: datetime
    ended_at: datetime | None = None
    outcome: str = Field(description="Such as `done`, `failed`, `cancelled`; `running` or `retrying` while it is open.")
    attempts: int = 1


class History(Shown):
    """The end of one workflow's history; `cut` when there is more before it."""

    execution: Execution
    steps: list[Step]
    cut: bool


class Course(Shown):
    """One workflow with its steps, oldest first. `cut` says that earlier ones are left out."""

    workflow: Workflow | None = Field(description="Null for Loom's own.")
    execution: Execution | None = Field(description="Null while Temporal says nothing of it.")
    steps: list[Step]
    cut: bool
    temporal: Reached
