"""What the API takes and gives of motivations."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from loom_app.kernel.bodies import Body, Lenient, Shown, without
from loom_app.kernel.storable import Context
from loom_app.motivations.models import CONDITIONS, TYPE_OF, Condition, MotivationType

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Description = Annotated[str, StringConstraints(max_length=20_000)]
Role = Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9-]{0,98})?$")]
Reference = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Minutes = Annotated[int, Field(ge=0, le=576_000, description="Minutes, at most 400 days.")]
Priority = Annotated[int, Field(ge=0, le=100, description="Of what is due at once the highest fires first.")]


class MotivationDraft(Body):
    """A motivation to be made. `type` may be left out: the condition says it."""

    name: Name
    description: Description = ""
    type: Annotated[MotivationType, Lenient] | None = None
    condition: Annotated[Condition, Lenient]
    agent_role: Role = ""
    agent_id: Reference = ""
    project_id: Reference | None = None
    parameters: Context = Field(default_factory=dict)
    cooldown_minutes: Minutes = 5
    priority: Priority = 50
    create_bead: bool = False
    bead_template: Reference = ""
    wake_agent: bool = True
    enabled: bool = True

    @model_validator(mode="after")
    def _of_its_type(self) -> "MotivationDraft":
        if self.type is not None and TYPE_OF[self.condition] != self.type:
            known = ", ".join(CONDITIONS[self.type])
            raise ValueError(f"{self.condition} is no condition of the type {self.type}, which has {known}")
        return self


class MotivationChange(Body):
    """What of a motivation is to change; what is left out stays. A whole MotivationView may be sent back."""

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, MotivationView.model_fields.keys() - cls.model_fields.keys())

    name: Name | None = None
    description: Description | None = None
    agent_role: Role | None = None
    agent_id: Reference | None = None
    parameters: Context | None = None
    cooldown_minutes: Minutes | None = None
    priority: Priority | None = None
    create_bead: bool | None = None
    bead_template: Reference | None = None
    wake_agent: bool | None = None
    enabled: bool | None = None


class MotivationView(Shown):
    """A motivation."""

    id: str
    name: str
    description: str
    type: str
    condition: str
    status: str = Field(description="active, disabled, cooldown or, when its one moment has come, fired.")
    enabled: bool
    agent_role: str
    agent_id: str
    project_id: str | None = Field(description="null: every open project that has its role.")
    parameters: dict[str, Any]
    cooldown_minutes: int
    last_triggered_at: datetime | None
    next_trigger_at: datetime | None = Field(description="null where nothing can say when: it waits for something.")
    trigger_count: int
    priority: int
    create_bead: bool
    bead_template: str
    wake_agent: bool
    is_built_in: bool
    meaning: str = Field(description="When it fires, in a sentence.")
    may_change: bool = Field(description="Whether you may change, switch and trigger it.")
    created_at: datetime
    updated_at: datetime


class MotivationPage(Shown):
    """Motivations; `total` counts those of other pages, too."""

    motivations: list[MotivationView]
    count: int
    total: int


class TriggerWish(Body):
    """A firing by hand. `project_id` says where, for one of every project; `force` overrides its cooldown."""

    project_id: Reference | None = None
    force: bool = False


class TriggerView(Shown):
    """A firing."""

    id: str
    motivation_id: str
    motivation_name: str
    project_id: str
    cause: str
    triggered_at: datetime
    triggered_by: str = Field(description="The id of the person who fired it by hand; empty for Loom.")
    trigger_data: dict[str, Any] = Field(description="The evidence: what held.")
    result: str
    error: str
    bead_created: str
    agent_woken: str


class HistoryPage(Shown):
    """Firings, the newest first; `total` counts those of other pages, too."""

    history: list[TriggerView]
    count: int
    total: int


class VerdictView(Shown):
    """Whether a motivation would fire now, and why or why not."""

    would_fire: bool
    why: str
    evidence: dict[str, Any]
    cause: str = Field(description="What stands for this one occasion; it fires once for it.")
    project_id: str
    next_trigger_at: datetime | None


class RoleView(Shown):
    """A role with the number of its motivations, of those that are on, and of its agents."""

    role: str
    motivations: int
    active: int
    agents: int


class RolesView(Shown):
    """Roles by name."""

    roles: list[RoleView]
    count: int


class ParameterView(Shown):
    """A parameter of a condition. `kind`: text, texts, integer, number, flag, duration (such as 30m) or moment."""

    name: str
    kind: str
    label: str
    hint: str
    required: bool
    default: Any
    choices: list[str]
    minimum: float | None
    maximum: float | None


class ConditionView(Shown):
    """Something motivations wait for."""

    type: str
    condition: str
    name: str
    meaning: str
    parameters: list[ParameterView]


class TemplateView(Shown):
    """A bead that motivations make. `{project}` and `{what}` are filled in."""

    name: str
    title: str
    description: str


class ConditionsView(Shown):
    """What motivations wait for, and what they make."""

    conditions: list[ConditionView]
    templates: list[TemplateView]
    count: int


class RegisteredView(Shown):
    """How many of the motivations that come with Loom were made or changed."""

    registered: int
