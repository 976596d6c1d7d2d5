"""The tables of users, their API keys, ended sessions, who sees which project, and the one-time set-up tokens."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class User(SQLModel, table=True):
    """A person who signs in. `version` rises when every session of theirs must end."""

    __tablename__ = "users"

    id: str = Field(primary_key=True)
    username: str = Field(unique=True, max_length=64)
    email: str = ""
    role: str
    password_hash: str = Field(repr=False)
    is_active: bool = True
    version: int = 1
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SetupToken(SQLModel, table=True):
    """The hash of the one-time link that makes the first user."""

    __tablename__ = "setup_tokens"

    token_hash: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class RevokedToken(SQLModel, table=True):
    """A session that ended before its time. Kept until its token would have ended by itself."""

    __tablename__ = "revoked_tokens"

    token_id: str = Field(primary_key=True)
    user_id: str
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ProjectMember(SQLModel, table=True):
    """Somebody who sees a project. Its owners say who else does; administrators see every project."""

    __tablename__ = "project_members"

    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE", index=True)
    role: str = "member"
    added_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class ApiKey(SQLModel, table=True):
    """A key for programs. Only a keyed hash of it is kept; `id` is the part of it by which it is found."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    name: str
    mac: str = Field(repr=False)
    pepper_id: str
    """The key of the keyring that `mac` was made with."""
    permissions: list[str] = Field(default_factory=list, sa_type=JsonValue)
    created_by: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """To the minute."""
