"""The tables of beads, their dependencies, comments, leases and history, and the one transition table of a status."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, text
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime

Sequence = BigInteger().with_variant(Integer, "sqlite")


class BeadStatus(StrEnum):
    """Where a bead stands on the board."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    DONE = "done"


TRANSITIONS: dict[BeadStatus, frozenset[BeadStatus]] = {
    BeadStatus.OPEN: frozenset({BeadStatus.IN_PROGRESS, BeadStatus.BLOCKED, BeadStatus.DONE}),
    BeadStatus.IN_PROGRESS: frozenset({BeadStatus.OPEN, BeadStatus.BLOCKED, BeadStatus.DONE}),
    BeadStatus.BLOCKED: frozenset({BeadStatus.OPEN, BeadStatus.IN_PROGRESS, BeadStatus.DONE}),
    BeadStatus.DONE: frozenset({BeadStatus.OPEN}),
}


TOMBSTONE = "tombstone"
"""The `source_status` of a bead that was deleted and is kept for other copies of its file to know."""


class Bead(SQLModel, table=True):
    """A work item. `source_status` keeps a status of the beads tool that the board has no column for."""

    __tablename__ = "beads"
    __table_args__ = (
        Index("ix_beads_project_status", "project_id", "status", "priority"),
        Index("ix_beads_status", "status", "priority", "created_at"),
        Index("ix_beads_updated", "updated_at"),
        Index(
            "ix_beads_closed", "closed_at", "project_id",
            sqlite_where=text("closed_at IS NOT NULL"), postgresql_where=text("closed_at IS NOT NULL"),
        ),
        Index(
            "ix_beads_epics", "status", "priority", "created_at",
            sqlite_where=text("type = 'epic'"), postgresql_where=text("type = 'epic'"),
        ),
        Index(
            "ix_beads_external_ref", "external_ref", "project_id",
            sqlite_where=text("external_ref != ''"), postgresql_where=text("external_ref != ''"),
        ),
        Index(
            "ix_beads_source_status", "source_status", "id",
            sqlite_where=text("source_status != ''"), postgresql_where=text("source_status != ''"),
        ),
    )  # fmt: skip

    id: str = Field(primary_key=True, max_length=200)
    project_id: str = Field(foreign_key="projects.id", index=True)
    type: str = "task"
    title: str = Field(max_length=500)
    description: str = ""
    design: str = ""
    acceptance_criteria: str = ""
    notes: str = ""
    status: str = BeadStatus.OPEN
    is_blocked: bool = False
    """Whether dependencies keep the bead from being started; kept right by `settling`, for ready is asked often."""
    status_reason: str = ""
    """Why the bead is where it is, in a sentence: the last failure, the question it waits for."""
    source_status: str = ""
    priority: int = 2
    assigned_to: str = ""
    """The agent or person who holds the bead, or who alone may take it."""
    assigned_before: str | None = None
    """Whom the bead was assigned to before it was claimed, to be restored when it opens again; None outside a claim."""
    tags: list[str] = Field(default_factory=list, sa_type=JsonValue)
    milestone_id: str | None = Field(default=None, index=True)
    """The milestone of its project that it counts towards."""
    estimated_time: int | None = None
    """Minutes."""
    external_ref: str = ""
    spec_id: str = ""
    owner: str = ""
    """Whose bead it is for good, whoever works on it: mostly the e-mail address that git knows."""
    created_by: str = ""
    context: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    pinned: bool = False
    ephemeral: bool = False
    hops: int = 0
    """How often the bead has been given to an agent since it was last opened by a person."""
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Dispatch leaves the bead alone until then: it rests after a failure."""
    due_date: datetime | None = Field(default=None, sa_type=UtcDateTime)
    defer_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    close_reason: str = ""
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_by: str = ""
    delete_reason: str = ""
    original_type: str = ""
    """The type it had when it was deleted, as the beads tool keeps it."""


class FieldChange(SQLModel, table=True):
    """One field of one bead before and after a change. Rows of one change share `change_id`."""

    __tablename__ = "bead_changes"
    __table_args__ = (Index("ix_bead_changes_bead", "bead_id", "seq"),)

    seq: int | None = Field(default=None, sa_column=Column(Sequence, primary_key=True))
    change_id: str = Field(index=True)
    size: int
    """How many rows the change was written with; fewer are left when the oldest have been let go."""
    bead_id: str = Field(foreign_key="beads.id", ondelete="CASCADE")
    project_id: str
    """Where the bead was after the change; who did not see it there is not told of the change."""
    field: str
    before: Any = Field(default=None, sa_type=JsonValue)
    after: Any = Field(default=None, sa_type=JsonValue)
    shown: bool = True
    """Whether people are told; what other rows of the same change say already is kept for undoing alone."""
    actor_kind: str
    actor_id: str
    actor_name: str
    why: str = ""
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Lease(SQLModel, table=True):
    """Who holds a bead. `token` rises with every claim; a write that carries an older one is refused."""

    __tablename__ = "leases"

    bead_id: str = Field(primary_key=True, foreign_key="beads.id", ondelete="CASCADE")
    token: int = 0
    holder: str = ""
    """The agent or person who holds it; empty when nobody does."""
    run_id: str = ""
    expires_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)


class Dependency(SQLModel, table=True):
    """`bead_id` depends on `depends_on_id` (for parent-child: `bead_id` is the child). The target may not exist."""

    __tablename__ = "bead_dependencies"
    __table_args__ = (Index("ix_bead_dependencies_target", "depends_on_id", "type"),)

    bead_id: str = Field(primary_key=True, foreign_key="beads.id", ondelete="CASCADE")
    depends_on_id: str = Field(primary_key=True)
    type: str = "blocks"
    gate: str = ""
    """`any-children` on a waits-for that is over with the first finished child; else empty: all of them."""
    created_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_by: str = ""


class Comment(SQLModel, table=True):
    """What somebody said about a bead. `file_id` is the id it has in the bead's file, as JSON text, or empty."""

    __tablename__ = "bead_comments"

    id: str = Field(primary_key=True)
    bead_id: str = Field(foreign_key="beads.id", ondelete="CASCADE", index=True)
    parent_id: str | None = Field(default=None, foreign_key="bead_comments.id", ondelete="CASCADE", index=True)
    """The comment it answers; never itself an answer to one that was deleted."""
    author_id: str = ""
    """The user or agent in Loom; empty when it came with a file."""
    author: str
    content: str
    file_id: str = ""
    edited: bool = False
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class BeadSource(SQLModel, table=True):
    """The JSONL line a bead came from, so that an export gives back whatever Loom has no column for."""

    __tablename__ = "bead_sources"

    bead_id: str = Field(primary_key=True, foreign_key="beads.id", ondelete="CASCADE")
    line: str


class OtherLine(SQLModel, table=True):
    """A line of a project's JSONL file that is no bead, such as its schema mark or a memory, kept for the export."""

    __tablename__ = "bead_file_lines"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    key: str = Field(primary_key=True)
    line: str
