"""What the API takes and gives of agents."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from loom_app.personas.models import Persona

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Reference = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class AgentDraft(BaseModel):
    """An agent to be made. `persona_name` is "group/role", or a role of the default group; the name comes from it."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    persona_name: Reference
    project_id: Reference
    provider_id: Reference = ""


class AgentChange(BaseModel):
    """What of an agent is to change."""

    model_config = ConfigDict(extra="forbid")

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
