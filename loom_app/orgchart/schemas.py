"""What the API takes and gives of org charts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from loom_app.kernel.bodies import Body, Lenient, without
from loom_app.orgchart.checking import Fault, Seat
from loom_app.orgchart.models import OrgChart, OrgChartTemplate, Position

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
MOST_POSITIONS = 200


class PositionView(BaseModel):
    """A seat and the agents who fill it. `max_instances` 0 means any number."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    role_name: str
    persona_path: str
    required: bool
    max_instances: int
    agent_ids: list[str] = []
    reports_to: str
    created_at: datetime


class Problem(BaseModel):
    """What is wrong with a position, and how to mend it."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    position_id: str
    message: str


class OrgChartView(BaseModel):
    """A project's team structure, positions top down. `parent_id` is the template it was made from."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    project_id: str
    name: str
    positions: list[PositionView] = []
    problems: list[Problem] = []
    is_template: bool
    parent_id: str
    revision: int
    schema_version: str = "1.0"
    attributes: dict[str, Any] = {}
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, chart: OrgChart, seats: list[PositionView], problems: Sequence[Fault]) -> "OrgChartView":
        """The chart as it is shown."""
        told = [Problem.model_validate(problem) for problem in problems]
        return cls.model_validate(chart).model_copy(update={"positions": seats, "problems": told})


class PositionDraft(Body):
    """A position. Without an id it gets one; a whole PositionView may be sent back."""

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, PositionView.model_fields.keys() - cls.model_fields.keys())

    id: Slug | None = None
    role_name: Slug
    persona_path: Annotated[str, StringConstraints(max_length=129)] = ""
    required: bool = False
    max_instances: int = Field(0, ge=0, le=1000)
    reports_to: str | list[str] = ""

    def seat(self) -> Seat:
        """The position to be checked."""
        bosses = [self.reports_to] if isinstance(self.reports_to, str) else [*dict.fromkeys(self.reports_to)]
        return Seat(
            self.id or f"pos-{self.role_name}", self.role_name, bosses[0] if bosses else "", self.max_instances,
            self.required, self.persona_path, tuple(bosses[1:]),
        )  # fmt: skip


Positions = Annotated[list[PositionDraft], Field(max_length=MOST_POSITIONS)]


class OrgChartChange(Body):
    """What of a chart is to change; `positions` are all of them. A whole OrgChartView may be sent back."""

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, OrgChartView.model_fields.keys() - cls.model_fields.keys())

    name: Title | None = None
    positions: Positions | None = Lenient
    base_revision: int | None = Field(None, ge=0, description="409 when that is no longer the newest.")


class Applying(Body):
    """Which template a project's chart is to follow from now on."""

    template_id: Annotated[str, StringConstraints(max_length=100)]


class TemplateView(BaseModel):
    """A chart that projects can begin with. `shipped` ones come with Loom and stay as they are."""

    id: str
    name: str
    description: str
    positions: list[PositionView]
    is_default: bool
    shipped: bool
    author: str
    revision: int
    updated_at: datetime

    @classmethod
    def of(cls, row: OrgChartTemplate, seats: Sequence[Seat], *, shipped: bool = False) -> "TemplateView":
        """The template as it is shown."""
        positions = [position_of("", seat, rank, row.created_at) for rank, seat in enumerate(seats)]
        return cls(
            **row.model_dump(exclude={"positions", "created_at"}),
            positions=[PositionView.model_validate(position) for position in positions],
            shipped=shipped,
        )


class TemplateDraft(Body):
    """A template: the chart of the project `project_id` as it is, or these positions."""

    name: Title
    description: Annotated[str, StringConstraints(max_length=1000)] = ""
    project_id: Annotated[str, StringConstraints(max_length=200)] = ""
    positions: Positions | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "TemplateDraft":
        if bool(self.project_id) == (self.positions is not None):
            raise ValueError("send project_id or positions, one of them")
        return self


class TemplateChange(Body):
    """What of a template is to change. `is_default` true takes it from the one that was."""

    name: Title | None = None
    description: Annotated[str, StringConstraints(max_length=1000)] | None = None
    positions: Positions | None = None
    is_default: bool | None = None


def position_of(chart_id: str, seat: Seat, rank: int, moment: datetime) -> Position:
    """A seat as a row of the chart."""
    return Position(
        org_chart_id=chart_id, id=seat.id, role_name=seat.role, persona_path=seat.persona_path, required=seat.required,
        max_instances=seat.most, reports_to=seat.reports_to, rank=rank, created_at=moment,
    )  # fmt: skip


def seat_of(position: Position) -> Seat:
    """A row of a chart as a seat to be checked."""
    return Seat(
        position.id, position.role_name, position.reports_to, position.max_instances, position.required,
        position.persona_path,
    )  # fmt: skip
