"""What the language needs of Temporal. The worker gives it; only names, ids and times go through, never content."""

from dataclasses import dataclass
from typing import Any, Protocol

PREFIX = "agents"


@dataclass(frozen=True)
class Start:
    """A workflow to be started, once however often it is asked for. `wait`, `timeout` are seconds."""

    type: str
    id: str
    instruction_id: str
    timeout: float
    retry: int = 0
    wait: float = 0.0
    priority: int = 0
    summary: str = ""
    project_id: str = ""
    agent_id: str = ""


@dataclass(frozen=True)
class Timed:
    """A schedule as Temporal is to have it, from `since` (Unix time) on. `interval` and `timeout` are seconds."""

    id: str
    source_id: str
    type: str
    interval: float
    timeout: float
    since: float
    retry: int = 0
    summary: str = ""
    project_id: str = ""
    agent_id: str = ""


class Engine(Protocol):
    """Temporal. Every method raises Unavailable while it is away."""

    async def start(self, wanted: Start) -> None:
        """Starts it, unless there is one of this id."""

    async def result(self, workflow_id: str, seconds: float) -> dict[str, Any] | None:
        """What it answered, waiting so long; None while it runs on. Raises Conflict when it failed or was ended."""

    async def query(self, workflow_id: str, type_: str) -> dict[str, Any]:
        """What it says when asked. Raises NotFound."""

    async def signal(self, workflow_id: str, name: str, instruction_id: str) -> None:
        """Tells it something, once for each instruction. Raises NotFound when it is over."""

    async def cancel(self, workflow_id: str, run_id: str = "") -> None:
        """Asks it to end. Raises NotFound when it is over."""

    async def put(self, wanted: Timed) -> None:
        """Makes the schedule, or makes it as wanted."""

    async def drop(self, schedule_id: str) -> None:
        """Takes it away, if it is there."""

    async def schedules(self) -> set[str]:
        """The ids of all schedules of agents."""


def workflow_id(project_id: str, handle: str) -> str:
    """What a workflow of a project's agents is called in Temporal."""
    return f"{PREFIX}/{project_id}/{handle}"


def handle_in(project_id: str, name: str) -> str:
    """What a workflow is called within its project, by that name or by what Temporal calls it."""
    return name.removeprefix(workflow_id(project_id, ""))


def nothing_called(name: str) -> str:
    """That there is nothing of that name, as agents are told."""
    return f"There is no workflow or schedule {name[:100]!r} of this project's agents. LIST shows them."


def schedule_id(project_id: str, name: str) -> str:
    """What a schedule of a project's agents is called in Temporal."""
    return f"{PREFIX}/{project_id}/schedules/{name}"
