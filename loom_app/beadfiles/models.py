"""The tables of bead files: how each file stands, what Loom and it last agreed on, and their clashes."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class BeadFile(SQLModel, table=True):
    """How the bead file of a project stands."""

    __tablename__ = "bead_files"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    place: str = ""
    """Repository, branch and path of the file this is about, and in a second line the folder where it was at hand."""
    digest: str = ""
    """SHA-256 of the file as it was last read or written; empty before that."""
    commit: str = ""
    """The last commit by which Loom changed the file."""
    pushed: bool = True
    """Whether the origin has every commit of Loom's copy."""
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the file last held something new for Loom."""
    written_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    problem: str = ""
    """Why the file was not read or written the last time, in a sentence; empty when it was."""
    unreadable: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonValue)
    """The lines that are no beads, as {line, reason, bead_id, text}; they stay in the file as they are."""


class BeadBase(SQLModel, table=True):
    """The line of a bead that Loom took in or wrote last, as the file has it; empty when the file has none any more."""

    __tablename__ = "bead_bases"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    bead_id: str = Field(primary_key=True, foreign_key="beads.id", ondelete="CASCADE")
    line: str
    agreed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The updated_at of the bead for which the file says all that Loom does; None while it does not."""


class BeadConflict(SQLModel, table=True):
    """A field that Loom and the file both changed, each to something else. The values are JSON texts."""

    __tablename__ = "bead_conflicts"
    __table_args__ = (Index("ix_bead_conflicts_open", "project_id", "resolved_at"),)

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE")
    bead_id: str = Field(foreign_key="beads.id", ondelete="CASCADE", index=True)
    field: str
    """The key of the line; `status` with all that belongs to it as an object, `(line)` for the whole line."""
    item: str = ""
    """Which label, dependency, comment or key of the metadata."""
    base: str | None = None
    ours: str | None = None
    theirs: str | None = None
    winner: str
    """`ours` or `theirs`: what is shown until somebody decides."""
    found_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_by: str = ""
    resolution: str = ""
    """`ours`, `theirs`, `value`, or `gone` when the clash went away by itself."""
