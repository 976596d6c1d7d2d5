"""The tables of what projects reach their repositories with."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import UtcDateTime
from loom_app.kernel.sealed import sealed

KEY_PURPOSE = "git-key"
LOGIN_PURPOSE = "git-login"


class AuthMethod(StrEnum):
    """How a project comes to its repository: as anybody, by key, by token or password, or as whoever runs Loom."""

    NONE = "none"
    SSH = "ssh"
    TOKEN = "token"  # noqa: S105 - a word  # noqa: S105 - a word
    BASIC = "basic"
    MACHINE = "git-helper"


class GitKey(SQLModel, table=True):
    """A key pair of a project. The newest is the one to hand out; an older one is kept until that was seen to work."""

    __tablename__ = "git_keys"

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE", index=True)
    public_key: str
    fingerprint: str
    private_sealed: str = Field(repr=False, sa_column_kwargs=sealed(KEY_PURPOSE))
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    worked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was first seen to let a push in; None until then."""


class GitLogin(SQLModel, table=True):
    """A project's user name and token, sent to `site` alone; or the word that the machine's own set-up is used."""

    __tablename__ = "git_logins"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    method: str
    site: str = ""
    username: str = ""
    secret_sealed: str = Field(default="", repr=False, sa_column_kwargs=sealed(LOGIN_PURPOSE, "{project_id}"))
    set_by: str = ""
    set_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class KnownHost(SQLModel, table=True):
    """A key by which a project knows a host."""

    __tablename__ = "git_known_hosts"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    host: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str
    source: str
    """`first contact`, or `person`."""
    pinned_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
