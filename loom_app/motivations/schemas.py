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
    created_at: datetime
    updated_at: datetime


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
