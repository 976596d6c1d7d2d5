"""What a persona file says, as a value that cannot be changed, and the table of what it said before."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import UtcDateTime

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

    @property
    def title(self) -> str:
        """What people call the role."""
        return str(self.metadata.get("role") or self.role.replace("-", " ").title())


class Cause(StrEnum):
    """How a revision came about."""

    FOUND = "found"
    CREATED = "created"
    CLONED = "cloned"
    EDITED = "edited"
    RESTORED = "restored"
    DISK = "changed_on_disk"


class PersonaRevision(SQLModel, table=True):
    """A persona's whole file as it once was. `cause` is a Cause; `source` is what was cloned or restored."""

    __tablename__ = "persona_revisions"

    persona: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    text: str
    digest: str
    problem: str = ""
    """Why nobody can be made from it, in a sentence; empty when it is sound."""
    cause: str
    source: str = ""
    note: str = ""
    author_id: str
    author: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
