"""What the parameters of each condition are, and how they are written."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from loom_app.beads.models import BeadStatus
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.errors import Invalid
from loom_app.kernel.faults import in_words
from loom_app.kernel.moments import Moment
from loom_app.milestones.models import MilestoneType
from loom_app.motivations.models import Condition

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
SPAN = re.compile(r"(?:\d{1,8}(?:\.\d{1,3})?[smhdw])+")
LONGEST = timedelta(days=400)
MOST_PARAMETERS = 20


def span(text: str) -> timedelta:
    """The duration in a text such as 90s, 30m, 1h30m, 24h, 7d or 2w. Raises ValueError."""
    if not SPAN.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a duration such as 30m, 24h or 7d")
    parts = re.findall(r"([\d.]+)([smhdw])", text)
    found = timedelta(seconds=sum(float(number) * UNITS[unit] for number, unit in parts))
    if not timedelta(seconds=1) <= found <= LONGEST:
        raise ValueError(f"{text[:40]!r} is not between 1s and {LONGEST.days}d")
    return found


def in_short(length: timedelta) -> str:
    """A duration as `span` reads it, in the largest unit that fits."""
    seconds = int(length.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % UNITS[unit] == 0)
    return f"{seconds // UNITS[unit]}{unit}"


def _span(value: Any) -> Any:
    return span(value.strip()) if isinstance(value, str) else value


Span = Annotated[timedelta, BeforeValidator(_span), PlainSerializer(in_short)]
Text = Annotated[str, Field(max_length=200)]
Percent = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class Parameters(BaseModel):
    """What every condition takes: labels for people and agents, which change nothing about when it holds."""

    model_config = ConfigDict(extra="forbid")

    task_type: Text = ""
    """Such as perpetual."""
    note: Annotated[str, Field(max_length=2_000)] = ""


class AtTime(Parameters):
    """One moment."""

    at: Annotated[Moment, PlainSerializer(rfc3339)]


class Every(Parameters):
    """A regular interval; days begin at midnight UTC, weeks on Monday."""

    interval: Annotated[Span, Field(ge=timedelta(minutes=1))]
    test_suite: Text = ""
    test_type: Text = ""
    audit_type: Text = ""
    sources: list[Text] = Field(default_factory=list, max_length=20)


class DaysAhead(Parameters):
    """How many days before a deadline, by the date in UTC; of milestones of one type alone where that is named."""

    days_threshold: Annotated[int, Field(ge=0, le=365)] = 7
    milestone_type: MilestoneType | None = None


class Overdue(Parameters):
    """Of milestones of one type alone where that is named."""

    milestone_type: MilestoneType | None = None


class OfBeads(Parameters):
    """Which beads: of one type, with a priority of at least (0 is the most urgent), with a tag of their own."""

    bead_type: Text = ""
    priority: Annotated[int, Field(ge=0, le=4)] | None = None


class Moved(OfBeads):
    """Where beads went, and from where."""

    target_status: BeadStatus | None = None
    from_status: BeadStatus | None = None


class Completed(OfBeads):
    """`milestone_only`: only the bead that was the last unfinished one of a milestone."""

    milestone_only: bool = False


class Decided(Parameters):
    """Decisions of at least this risk."""

    risk: Literal["low", "medium", "high", "critical"] | None = None


class FromOutside(Parameters):
    """From one repository (owner/name) alone, and with one of these labels or actions, where they are named."""

    repository: Text = ""
    action: Text = ""
    event: Text = ""


class Cost(Parameters):
    """Which budgets: of this period. From `threshold_percent` of them on, else from where they warn.

    With `threshold_usd` what the project has cost since the period began is looked at instead.
    """

    period: Literal["daily", "monthly"] = "daily"
    threshold_percent: Percent | None = None
    threshold_usd: Annotated[float, Field(gt=0, le=10**9, allow_inf_nan=False)] | None = None


class Coverage(Parameters):
    """Below how many percent."""

    threshold_percent: Percent = 80


class Tests(Parameters):
    """How many runs in a row must end with tests that fail."""

    failures: Annotated[int, Field(ge=1, le=100)] = 1


class Velocity(Parameters):
    """By how many percent fewer beads were finished in the last `days` than in as many before, which were `least`."""

    threshold_percent: Percent = 20
    days: Annotated[int, Field(ge=1, le=90)] = 7
    least: Annotated[int, Field(ge=1, le=10_000)] = 5


class Rest(Parameters):
    """How long nothing must have happened."""

    idle_duration: Span | None = None


MODELS: dict[Condition, type[Parameters]] = {
    Condition.TIME_REACHED: AtTime,
    Condition.DEADLINE_APPROACH: DaysAhead,
    Condition.DEADLINE_PASSED: Overdue,
    Condition.SCHEDULED_INTERVAL: Every,
    Condition.QUARTER_BOUNDARY: Parameters,
    Condition.MONTH_BOUNDARY: Parameters,
    Condition.BEAD_CREATED: OfBeads,
    Condition.BEAD_STATUS_CHANGED: Moved,
    Condition.BEAD_COMPLETED: Completed,
    Condition.DECISION_PENDING: Decided,
    Condition.DECISION_RESOLVED: Decided,
    Condition.RELEASE_PUBLISHED: FromOutside,
    Condition.GITHUB_ISSUE_OPENED: FromOutside,
    Condition.GITHUB_COMMENT_ADDED: FromOutside,
    Condition.GITHUB_PR_OPENED: FromOutside,
    Condition.WEBHOOK_RECEIVED: FromOutside,
    Condition.COST_EXCEEDED: Cost,
    Condition.COVERAGE_DROPPED: Coverage,
    Condition.TEST_FAILURE: Tests,
    Condition.VELOCITY_DROP: Velocity,
    Condition.SYSTEM_IDLE: Rest,
    Condition.AGENT_IDLE: Rest,
    Condition.PROJECT_IDLE: Rest,
}


def read(condition: Condition, given: dict[str, Any]) -> Parameters:
    """The parameters of a condition. Raises Invalid naming each that is wrong, and those there are."""
    model = MODELS[condition]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        known = ", ".join(sorted(model.model_fields))
        raise Invalid(
            f"The parameters of {condition} are not right. {in_words(error)}. It takes {known}.", code="bad_parameters"
        ) from error


def written(parameters: Parameters) -> dict[str, Any]:
    """Parameters as they are stored: those that were given."""
    return parameters.model_dump(mode="json", exclude_unset=True)


def moment_of(parameters: Parameters) -> datetime | None:
    """The one moment that the parameters name, if they do."""
    return parameters.at if isinstance(parameters, AtTime) else None
