"""What the API takes and gives of agents."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

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


class AgentChange(Body):
    """What of an agent is to change. A whole AgentView may be sent back."""

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, AgentView.model_fields.keys() - cls.model_fields.keys())

    name: Name


class AgentView(BaseModel):
    """An agent as others see it. `paused_because` is person, provider or empty."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    role: str
    persona_name: str
    persona: Persona | None = None
    provider_id: str
    status: str
    paused_because: str
    current_bead: str
    project_id: str
    position_id: str
    schema_version: str
    attributes: dict[str, Any]
    started_at: datetime
    last_active: datetime
