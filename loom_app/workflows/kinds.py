"""The rows that workflows stand for, in one form: runs, decisions and bootstraps, with their states as conditions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, true
from sqlmodel import col

from loom_app.bootstrap.models import Bootstrap, BootstrapStatus
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.kernel.clock import rfc3339
from loom_app.runs.models import LIVE, Run, RunStatus
from loom_app.workflows.schemas import Deed, State, Workflow

STEER, RUN, DECIDE, BEGIN = "beads:write", "BeadProcessingWorkflow", "DecisionWorkflow", "BootstrapWorkflow"
Columns = tuple[Any, ...]


@dataclass(frozen=True)
class Kind:
    """One kind of workflow: what it is called, whose permission shows it, its states, how a row becomes a Workflow."""

    name: str
    permission: str
    columns: Columns
    of: Mapping[str, Any]
    """The columns that can be filtered by; what is not here fits none."""
    since: Any
    key: Any
    states: Mapping[State, ColumnElement[bool]]
    told: Callable[[Any, State], Workflow]
    among: ColumnElement[bool] = field(default_factory=true)
    """Which rows of the table stand for workflows."""


def _run(row: Any, state: State) -> Workflow:
    return Workflow(
        id=f"bead-{row.bead_id}-{row.token}", type=RUN, state=state, title="", why=_run_why(row, state),
        project_id=row.project_id, bead_id=row.bead_id, agent_id=row.agent_id, agent="", run_id=row.id, decision_id="",
        turn=row.turn_count or None, since=row.created_at, ended_at=row.ended_at,
        moved_at=row.ended_at or row.paused_at or row.started_at or row.created_at, deeds=_run_deeds(row),
        temporal=None,
    )  # fmt: skip


def _run_why(row: Any, state: State) -> str:
    if state is State.WAITING:
        return "A person has paused it; it goes on when somebody lets it."
    if row.ended_at is not None:
        return str(row.message)
    if row.cancel_requested:
        return "A person has stopped it; it ends within seconds."
    return "It rests after this turn." if row.pause_requested else ""


def _run_deeds(row: Any) -> list[Deed]:
    if row.ended_at is not None or row.cancel_requested or row.taken_by:
        return []
    names = ("resume" if row.pause_requested else "pause", "cancel")
    return [Deed(name=name, href=f"/api/v1/runs/{row.id}/{name}", permission=STEER) for name in names]


def _decision(row: Any, state: State) -> Workflow:
    why = {
        State.WAITING: f"A person’s answer, or the default “{row.default_option}” at {rfc3339(row.deadline)}.",
        State.COMPLETED: f"Answered: {row.decision}."
        if row.status == DecisionStatus.DECIDED
        else f"Nobody answered; the default was taken: {row.decision}.",
    }
    return Workflow(
        id=row.id, type=DECIDE, state=state, title=row.title, why=why.get(state, ""), project_id=row.project_id,
        bead_id=row.bead_id, agent_id="", agent="", run_id=row.run_id, decision_id=row.id, since=row.created_at,
        moved_at=row.decided_at or row.created_at, ended_at=row.decided_at, deeds=[], temporal=None,
    )  # fmt: skip


def _bootstrap(row: Any, state: State) -> Workflow:
    why = {State.WAITING: "A person’s part, which its page names.", State.FAILED: "A step failed; its page says why."}
    names = {State.FAILED: ("retry",), State.CANCELLED: ("retry",), State.WAITING: ("retry", "cancel")}
    deeds = names.get(state, ("cancel",) if state is State.RUNNING else ())
    root = f"/api/v1/projects/{row.project_id}/bootstrap"
    return Workflow(
        id=f"bootstrap-{row.project_id}-{row.attempt}", type=BEGIN, state=state, title="", why=why.get(state, ""),
        project_id=row.project_id, bead_id=row.bead_id, agent_id="", agent="", run_id="", decision_id="",
        since=row.created_at, moved_at=row.updated_at, ended_at=row.finished_at, temporal=None,
        deeds=[Deed(name=name, href=f"{root}/{name}", permission="projects:write") for name in deeds],
    )  # fmt: skip


_LIVE = col(Run.status).in_(LIVE)
KINDS = (
    Kind(
        RUN, "beads:read",
        tuple(map(col, (
            Run.id, Run.bead_id, Run.project_id, Run.agent_id, Run.token, Run.status, Run.message, Run.cancel_requested,
            Run.pause_requested, Run.paused_at, Run.taken_by, Run.turn_count, Run.created_at, Run.started_at,
            Run.ended_at,
        ))),
        {"project_id": Run.project_id, "bead_id": Run.bead_id, "agent_id": Run.agent_id}, Run.created_at, Run.id,
        {
            State.RUNNING: and_(_LIVE, col(Run.paused_at).is_(None)),
            State.WAITING: and_(_LIVE, col(Run.paused_at).is_not(None)),
            State.FAILED: col(Run.status).in_((RunStatus.FAILED, RunStatus.LOST)),
            State.CANCELLED: col(Run.status) == RunStatus.CANCELLED,
            State.COMPLETED: col(Run.status).in_((RunStatus.FINISHED, RunStatus.WAITING)),
        },
        _run,
        among=col(Run.paired_with) == "",
    ),
    Kind(
        DECIDE, "decisions:read",
        tuple(map(col, (
            Decision.id, Decision.project_id, Decision.bead_id, Decision.run_id, Decision.title, Decision.status,
            Decision.default_option, Decision.deadline, Decision.decision, Decision.created_at, Decision.decided_at,
        ))),
        {"project_id": Decision.project_id, "bead_id": Decision.bead_id}, Decision.created_at, Decision.id,
        {
            State.WAITING: col(Decision.status) == DecisionStatus.OPEN,
            State.CANCELLED: col(Decision.status) == DecisionStatus.CANCELLED,
            State.COMPLETED: col(Decision.status).in_((DecisionStatus.DECIDED, DecisionStatus.EXPIRED)),
        },
        _decision,
    ),
    Kind(
        BEGIN, "projects:read",
        tuple(map(col, (
            Bootstrap.project_id, Bootstrap.status, Bootstrap.attempt, Bootstrap.bead_id, Bootstrap.created_at,
            Bootstrap.updated_at, Bootstrap.finished_at,
        ))),
        {"project_id": Bootstrap.project_id, "bead_id": Bootstrap.bead_id}, Bootstrap.created_at, Bootstrap.project_id,
        {
            State.RUNNING: col(Bootstrap.status) == BootstrapStatus.RUNNING,
            State.WAITING: col(Bootstrap.status) == BootstrapStatus.WAITING,
            State.FAILED: col(Bootstrap.status) == BootstrapStatus.FAILED,
            State.CANCELLED: col(Bootstrap.status) == BootstrapStatus.CANCELLED,
            State.COMPLETED: col(Bootstrap.status) == BootstrapStatus.READY,
        },
        _bootstrap,
    ),
)  # fmt: skip
TYPES = tuple(kind.name for kind in KINDS)
OF_RUN, OF_BOOTSTRAP = NAMED_AFTER = ("bead-", "bootstrap-")
"""How the names of workflows begin that are called after their rows; those of decisions are the decisions' own."""


def whose(workflow_id: str) -> tuple[Kind, ColumnElement[bool]]:
    """Of which kind a workflow is that is called so, and which row it stands for, if any."""
    run, decision, bootstrap = KINDS
    if workflow_id.startswith(OF_BOOTSTRAP):
        project_id, number = _parted(workflow_id.removeprefix(OF_BOOTSTRAP))
        return bootstrap, and_(col(Bootstrap.project_id) == project_id, col(Bootstrap.attempt) == number)
    if workflow_id.startswith(OF_RUN):
        bead_id, number = _parted(workflow_id.removeprefix(OF_RUN))
        return run, and_(col(Run.bead_id) == bead_id, col(Run.token) == number)
    return decision, col(Decision.id) == workflow_id


def _parted(name: str) -> tuple[str, int]:
    """`name` as what stands before its last hyphen, and the number behind it; -1 for none."""
    before, _, number = name.rpartition("-")
    return before, int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else -1
