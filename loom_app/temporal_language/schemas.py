"""What the API takes and gives of the language."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from loom_app.kernel.rest import Body, Shown
from loom_app.temporal_language import durations, schedules, telling
from loom_app.temporal_language.grammar import FORMS, Form, Instruction
from loom_app.temporal_language.models import OVER, TemporalExecution, TemporalInstruction, TemporalSchedule

LONGEST_TEXT = 100_000


class CheckRequest(Body):
    """A text to be looked at, as a persona or a reply might hold it."""

    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
    role: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        "", description="The persona whose rights are asked about, such as qa-engineer; empty asks about nobody's."
    )
    agent_id: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        "",
        description="The agent it would be from: its persona's rights, its project's schedules and workflows and what "
        "it asked for within the hour count. `role` is then its own.",
    )


class FaultView(Shown):
    """What is wrong and how to mend it. Lines and columns count from 1."""

    line: int
    column: int
    message: str


class InstructionView(Shown):
    """An instruction that could be read: what it `would` do, and the `reason` why it is not `allowed`."""

    line: int
    column: int
    type: str
    name: str
    keys: dict[str, Any]
    would: str
    allowed: bool
    reason: str

    @classmethod
    def of(cls, each: Instruction, *, would: str, reason: str) -> "InstructionView":
        """The view of an instruction."""
        keys = {
            key: durations.written(value) if FORMS[key] == Form.DURATION else value for key, value in each.keys.items()
        }
        return cls(
            line=each.line, column=each.column, type=each.kind, name=each.name, keys=keys, would=would,
            allowed=not reason, reason=reason,
        )  # fmt: skip


class Checked(Shown):
    """What a text asks for. `errors` could not be read; `remarks` are on blocks that are left alone.

    `role` is the persona whose rights were asked about and `may` what it may start; null for nobody's.
    """

    ok: bool
    role: str
    may: list[str] | None
    instructions: list[InstructionView]
    errors: list[FaultView]
    remarks: list[FaultView]
    cleaned_text: str


class ResultView(Shown):
    """What came of an instruction; `duration` in seconds, `executed_at` null while it is not over."""

    instruction: dict[str, Any]
    status: str
    success: bool
    result: Any
    error: str
    executed_at: datetime | None
    duration: float

    @classmethod
    def of(cls, row: TemporalInstruction) -> "ResultView":
        """The view of an instruction's row."""
        return cls(**telling.result_of(row) | {"status": row.status, "executed_at": row.executed_at})


class ExecutionView(Shown):
    """The instructions of one reply or persona. `execution_error` is what could not be read of it, "" for nothing."""

    id: str
    project_id: str
    agent_id: str
    agent_name: str
    role: str
    source: str
    run_id: str
    turn: int
    bead_id: str
    depth: int
    instructions: list[dict[str, Any]]
    results: list[ResultView]
    errors: list[FaultView]
    execution_error: str
    total_duration: float
    created_at: datetime
    executed_at: datetime | None

    @classmethod
    def of(cls, row: TemporalExecution, rows: Sequence[TemporalInstruction]) -> "ExecutionView":
        """The view of an execution and its instructions."""
        ended = [each.executed_at for each in rows if each.executed_at and each.status in OVER]
        plain = row.model_dump(exclude={"cause", "faults", "is_told"})
        faults = [FaultView(**fault) for fault in row.faults]
        said = "; ".join(f"line {fault.line}, column {fault.column}: {fault.message}" for fault in faults)
        return cls(
            **plain,
            instructions=[telling.shown(each) for each in rows],
            results=[ResultView.of(each) for each in rows],
            errors=faults,
            execution_error=said,
            total_duration=round(sum(each.duration for each in rows), 3),
            executed_at=max(ended) if ended and len(ended) == len(rows) else None,
        )


class Executions(Shown):
    """A page of executions, and how many there are in all."""

    executions: list[ExecutionView]
    count: int


class ScheduleView(Shown):
    """A schedule of an agent. `every` is written as in the language; `ended_at` is null while it holds.

    `paused_at` is since when a person has it rest. `next_at` is when it fires next, null when it does not.
    """

    id: str
    project_id: str
    name: str
    agent_id: str
    agent_name: str
    role: str
    workflow: str
    input: dict[str, Any]
    every: str
    source: str
    description: str
    firings: int
    fired_at: datetime | None
    bead_id: str
    created_at: datetime
    next_at: datetime | None
    paused_at: datetime | None
    paused_by: str
    ended_at: datetime | None
    ended_because: str

    @classmethod
    def of(cls, row: TemporalSchedule) -> "ScheduleView":
        """The view of a schedule's row."""
        plain = row.model_dump(exclude={"interval", "timeout", "retry", "depth"})
        return cls(**plain, every=durations.written(row.interval), next_at=schedules.next_at(row))


class Schedules(Shown):
    """A page of schedules, and how many there are in all."""

    schedules: list[ScheduleView]
    count: int


class OfferView(Shown):
    """Something the language can start."""

    name: str
    type: str
    what: str
    input: dict[str, Any]


class RightsView(Shown):
    """What a role may start; an empty list is no use of the language."""

    role: str
    may: list[str]


class Language(Shown):
    """What can be started, and who may."""

    enabled: bool
    offers: list[OfferView]
    roles: list[RightsView]
