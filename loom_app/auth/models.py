"""The table of users and the one-time set-up tokens."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import UtcDateTime


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
