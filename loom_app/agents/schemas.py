"""What the API takes and gives of agents."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from loom_app.kernel.rest import Body, without
from loom_app.personas.models import Persona

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Reference = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class AgentDraft(Body):
    """An agent to be made. `persona_name` is "group/role", or a role of the default group; the name comes from it."""

    name: Name | None = None
    persona_name: Reference
    project_id: Reference
    provider_id: Reference = ""
    position_id: Reference = Field("", description="Its seat; empty for a free one of its role.")


class AgentChange(Body):
    """What of an agent is to change. A whole AgentView may be sent back.

    `provider_id` "" takes whichever provider works, `position_id` "" leaves its seat.
    """

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, AgentView.model_fields.keys() - cls.model_fields.keys())

    @model_validator(mode="after")
    def _something(self) -> "AgentChange":
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"name at least one of {', '.join(type(self).model_fields)}")
        return self

    name: Name | None = None
    persona_name: Reference | None = None
    provider_id: Reference | None = None
    position_id: Reference | None = None


class AgentView(BaseModel):
    """An agent as others see it. `paused_because` is person, provider, leaving or empty."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    role: str
    persona_name: str
    persona: Persona | None = None
    provider_id: str
    status: str
    paused_because: str
    status_reason: str
    current_bead: str
    project_id: str
    position_id: str
    schema_version: str
    attributes: dict[str, Any]
    started_at: datetime
    last_active: datetime
