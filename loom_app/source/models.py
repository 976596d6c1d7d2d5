"""The table of people's patches."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class PatchStatus(StrEnum):
    """How far a patch is. `on_branch`: it stands on a branch of its own, for the project's strategy is branch-pr."""

    WAITING = "waiting"
    LANDED = "landed"
    ON_BRANCH = "on_branch"
    REFUSED = "refused"


class Patch(SQLModel, table=True):
    """A person's change on its way into the project's repository; what it is worth is in `status` and `output`."""

    __tablename__ = "patches"

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", index=True, ondelete="CASCADE")
    patch: str
    """The unified diff; empty once git has it."""
    message: str = ""
    asked_by: str
    asker: str
    asked_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    status: str = Field(default=PatchStatus.WAITING, index=True)
    code: str = ""
    """Why it was refused, as a machine word."""
    output: str = ""
    """What came of it, in a sentence or two."""
    commit_hash: str = ""
    branch: str = ""
    files: list[str] = Field(default_factory=list, sa_type=JsonValue)
    delivered: bool = False
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
