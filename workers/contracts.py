"""What workflows and activities say to each other: plain data, ids and never content."""

from pydantic import BaseModel


class Clock(BaseModel):
    """How a clock ticks: every `seconds`, for `ticks` ticks before it continues as new."""

    seconds: float
    ticks: int = 500


class RunRef(BaseModel):
    """A run to be worked on."""

    run_id: str
    bead_id: str
    turn_seconds: float = 600.0


class TurnRef(BaseModel):
    """One turn of a run."""

    run_id: str
    number: int


class TurnOutcome(BaseModel):
    """Whether the run is over, else the number of the next turn, and whether it rests before that."""

    over: bool
    next_turn: int = 0
    paused: bool = False


class RunFailure(BaseModel):
    """A run that cannot go on: machine reason and a sentence."""

    run_id: str
    message: str


class DecisionRef(BaseModel):
    """A decision and the seconds left to its deadline."""

    decision_id: str
    seconds: float


class BootstrapRef(BaseModel):
    """An attempt at beginning a project, and the names of its steps in order."""

    project_id: str
    attempt: int
    steps: list[str]


class StepRef(BaseModel):
    """One step of an attempt."""

    project_id: str
    attempt: int
    step: str


class StepFailure(StepRef):
    """A step that cannot go on by our own fault, and a sentence."""

    message: str


class StepOutcome(BaseModel):
    """Whether all is over, else in how many seconds to take the step again, 0 to go on with the next."""

    over: bool = False
    wait_seconds: float = 0.0


class ClockStatus(BaseModel):
    """What a clock answers when asked."""

    ticks: int
    kicks: int
    last: str


class WorkRef(BaseModel):
    """Work that an agent asked for: the instruction or schedule that says what, and its times in seconds."""

    source_id: str
    timeout: float = 300.0
    retry: int = 0
    wait: float = 0.0


class WorkStep(BaseModel):
    """The work of one workflow, known by the workflow's id."""

    called: str
    source_id: str
    retry: int = 0
