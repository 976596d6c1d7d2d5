"""What the API takes and gives of commands."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from loom_app.commands.models import Command
from loom_app.kernel.bodies import Body
from loom_app.kernel.storable import Context

Named = Annotated[str, StringConstraints(max_length=200)]


class CommandRequest(Body):
    """A command for the shell. It runs under the rules of the agent's role, on what the bead's branch has."""

    agent_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    command: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
    project_id: Named = ""
    """The agent's, unless said."""
    bead_id: Named = ""
    working_dir: Annotated[str, StringConstraints(min_length=1, max_length=500)] = "."
    timeout_seconds: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] = 300.0
    context: Context = Field(default_factory=dict)


class CommandView(BaseModel):
    """A command and what became of it."""

    id: str
    agent_id: str
    bead_id: str
    project_id: str
    user_id: str = Field(description="The person who had it run; empty for an agent's own.")
    run_id: str = Field(description="The run it was a part of; empty for a person's.")
    command: str
    working_dir: str
    exit_code: int | None
    stdout: str
    stderr: str
    duration_ms: int
    success: bool
    error: str
    risk: str
    rule: str
    context: dict[str, Any]
    started_at: datetime | None
    completed_at: datetime | None
    created_at: datetime | None

    @classmethod
    def of(cls, row: Command) -> "CommandView":
        """The view of a person's command."""
        return cls(run_id="", **row.model_dump(exclude={"user_name"}))

    @classmethod
    def of_run(cls, row: Any) -> "CommandView":
        """The view of an action of a run, with the run's bead, project and agent."""
        told = (row.result or {}).get("metadata") or {}
        code = told.get("exit_code")
        return cls(
            id=f"{row.run_id}.{row.turn}.{row.position}", agent_id=row.agent_id, bead_id=row.bead_id,
            project_id=row.project_id, user_id="", run_id=row.run_id,
            command=str(told.get("command") or row.parameters.get("command") or ""),
            working_dir=str(row.parameters.get("working_dir") or "."), exit_code=code,
            stdout=str(told.get("stdout") or ""), stderr=str(told.get("stderr") or ""),
            duration_ms=int(told.get("duration_ms") or 0), success=code == 0,
            error="" if code == 0 else row.message, risk=str(told.get("risk") or ""),
            rule=str(told.get("rule") or ""), context={}, started_at=row.started_at, completed_at=row.ended_at,
            created_at=row.started_at,
        )  # fmt: skip
