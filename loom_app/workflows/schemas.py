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


class Node(Shown):
    """One station of a path."""

    id: str
    workflow_id: str
    node_key: str
    node_type: str = Field(description="`task`, `approval`, `commit` or `verify`.")
    role_required: str = Field(description="Whose turn it is; empty for whoever fits the bead, or any person.")
    persona_hint: str
    max_attempts: int
    timeout_minutes: int = Field(description="0 for none.")
    instructions: str
    metadata: dict[str, list[str]]


class Edge(Shown):
    """From one station to the next; `""` is the beginning, or the end."""

    id: str
    workflow_id: str
    from_node_key: str
    to_node_key: str
    condition: str = Field(description="`success`, `failure`, `approved`, `rejected` or `escalated`.")
    priority: int


class Definition(Shown):
    """The path of a bead from ready to done."""

    id: str
    name: str
    description: str
    workflow_type: str
    is_default: bool
    project_id: str = Field(description="Whose settings it is told with; empty for none.")
    nodes: list[Node]
    edges: list[Edge]
    created_at: datetime | None
    updated_at: datetime | None


class Definitions(Shown):
    """Paths of beads."""

    workflows: list[Definition]
    count: int


class Passage(Shown):
    """One bead on its path, as its runs, reviews and decisions tell."""

    id: str
    bead_id: str
    bead_type: str
    project_id: str
    workflow_id: str
    workflow_name: str
    current_node_key: str = Field(description='Where it is; `""` once it is through.')
    status: str = Field(description="`active`, `blocked`, `escalated` or `completed`.")
    cycle_count: int = Field(description="How often its work was sent back.")
    node_attempt_count: int = Field(description="How often it was given to an agent since a person opened it last.")
    started_at: datetime
    completed_at: datetime | None
    escalated_at: datetime | None
    last_node_at: datetime


class Passed(Shown):
    """One attempt at a station."""

    id: str
    execution_id: str
    node_key: str
    agent_id: str
    condition: str = Field(description="How it ended; empty while it is on.")
    result_data: dict[str, str]
    attempt_number: int
    created_at: datetime


class Passages(Shown):
    """Beads on their paths; of one bead its history beside it."""

    executions: list[Passage]
    count: int
    execution: Passage | None = Field(None, description="The bead that was asked for; null when nobody took it up yet.")
    history: list[Passed] = Field(default_factory=list)


class BeadPath(Shown):
    """One bead on its path. Before anybody took it up there is no `execution`, and `message` says so."""

    bead_id: str
    workflow: Definition
    execution: Passage | None
    current_node: Node | None = Field(description="The station where it is; null before and after all of them.")
    history: list[Passed]
    message: str


class Analytics(Shown):
    """How beads fare on their paths."""

    status_counts: dict[str, int]
    type_counts: dict[str, int]
    average_cycles: float
    max_cycles: int
    escalation_rate: float
    total_executions: int
    escalated_count: int = Field(description="Of which a run was escalated to people at least once.")
    recent_executions: list[Passage]
