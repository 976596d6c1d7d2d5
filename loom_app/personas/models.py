"""What a persona file says, as a value that cannot be changed."""

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

AutonomyLevel = Literal["full", "semi", "supervised"]
AUTONOMY_LEVELS: tuple[str, ...] = get_args(AutonomyLevel)


class Persona(BaseModel):
    """One persona. `name` is "group/role"; `role` is the folder's name and `metadata["role"]` the title people read."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: str
    description: str
    instructions: str
    license: str = ""
    compatibility: str = ""
    metadata: dict[str, Any] = {}
    autonomy_level: AutonomyLevel = "supervised"
    specialties: tuple[str, ...] = ()
