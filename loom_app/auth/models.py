"""The tables of users, their API keys, ended sessions, who sees which project, second factors and one-time links."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime
from loom_app.kernel.sealed import sealed


class User(SQLModel, table=True):
    """A person who signs in. `version` rises when every session of theirs must end."""

    __tablename__ = "users"

    id: str = Field(primary_key=True)
    username: str = Field(unique=True, max_length=64)
    email: str = ""
    role: str
    password_hash: str = Field(repr=False)
    is_active: bool = True
    totp_enabled: bool = False
    """Whether signing in takes a one-time code besides the password."""
    version: int = 1
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_sign_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OneTimeLink(SQLModel, table=True):
    """A link that works once. Only a hash of its token is kept."""

    __tablename__ = "one_time_links"

    token_hash: str = Field(primary_key=True)
    purpose: str
    user_id: str | None = Field(default=None, foreign_key="users.id", ondelete="CASCADE", index=True)
    """Whose account it is for; None for the link that makes the first user."""
    ends_second_factor: bool = False
    expires_at: datetime = Field(sa_type=UtcDateTime)


class SecondFactor(SQLModel, table=True):
    """The seed of a user's one-time codes. It counts once a code of it was confirmed: see `totp_enabled`."""

    __tablename__ = "second_factors"

    user_id: str = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    seed_sealed: str = Field(repr=False, sa_column_kwargs=sealed("totp", "{user_id}"))
    last_step: int = Field(default=0, sa_type=BigInteger)
    """The newest time step a code of which was accepted; codes up to it are used up."""


class RecoveryCode(SQLModel, table=True):
    """The hash of a code that stands in for the second factor once."""

    __tablename__ = "recovery_codes"

    code_hash: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", ondelete="CASCADE", index=True)


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
