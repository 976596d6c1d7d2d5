"""The tables of what GitHub told, of what it is signed with, and of which bead an issue is."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime
from loom_app.kernel.sealed import sealed

SECRET_PURPOSE = "github-webhook"  # noqa: S105 - a word


class DeliveryStatus(StrEnum):
    """How far a delivery is: to be worked on, done, of no interest, of no project of ours, or set aside as faulty."""

    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"
    UNMATCHED = "unmatched"
    FAILED = "failed"


class WebhookSecret(SQLModel, table=True):
    """What GitHub signs with: a project's own secret, or without `project_id` one for all. Two of each may live."""

    __tablename__ = "webhook_secrets"

    id: str = Field(primary_key=True)
    project_id: str | None = Field(default=None, foreign_key="projects.id", ondelete="CASCADE", index=True)
    secret_sealed: str = Field(repr=False, sa_column_kwargs=sealed(SECRET_PURPOSE))
    made_by: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When GitHub was first seen to sign with it; None until then."""


class Delivery(SQLModel, table=True):
    """One delivery as it came. `id` is GitHub's X-GitHub-Delivery, so that none is kept twice."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_due", "status", "due_at"),
        Index("ix_webhook_deliveries_received", "received_at"),
        Index("ix_webhook_deliveries_project", "project_id", "received_at"),
    )

    id: str = Field(primary_key=True)
    event: str
    action: str = ""
    repository: str = ""
    """Site, owner and name in small letters, such as github.com/acme/shop; empty for what is of no repository."""
    told: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """In short: number, title, url and author."""
    body: bytes = Field(repr=False)
    """The payload as it was signed, compressed (zlib)."""
    size: int
    secret_id: str = ""
    signed_for: str = ""
    """The project whose own secret it is signed with; empty for the one for all."""
    project_id: str | None = Field(default=None, foreign_key="projects.id", ondelete="CASCADE")
    bead_id: str = ""
    status: str = DeliveryStatus.WAITING
    problem: str = ""
    """Why it is set aside or of no project, in a sentence."""
    attempts: int = 0
    received_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default_factory=now, sa_type=UtcDateTime)
    """When it is to be worked on, or again after whoever began died; None when nothing is left to do."""
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class GitHubThing(SQLModel, table=True):
    """An issue or comment of a project's repository, and the bead or comment it is here."""

    __tablename__ = "github_things"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    ref: str = Field(primary_key=True)
    """As people write it: github.com/acme/shop#12, with #issuecomment-34 behind it for a comment."""
    bead_id: str = Field(default="", index=True)
    """Empty for an issue that was closed before Loom heard of it."""
    comment_id: str = ""
    state: str = "open"
    seen_at: datetime = Field(sa_type=UtcDateTime)
    """When it was last changed on GitHub, of what was taken over; what is older changes nothing any more."""
    written: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """What Loom last wrote into the bead; a field that people changed since is theirs."""


Issues = Literal["all", "members", "off"]
OnClose = Literal["close", "tell"]


class HookRules(SQLModel, table=True):
    """What a project makes of what GitHub tells."""

    __tablename__ = "webhook_rules"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    issues: str = "all"
    """Whose issues become beads: everybody's (outsiders' wait for a person), only members', or nobody's."""
    on_close: str = "close"
    """Whether an issue that is closed on GitHub closes its bead, or is only told there."""
