"""Queries of users and set-up tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.auth.models import SetupToken, User
from loom_app.auth.permissions import Role

SHOWN = [column for column in User.__table__.columns if column.name not in ("password_hash", "version")]  # type: ignore[attr-defined]


async def by_id(tx: AsyncSession, user_id: str, *, to_change: bool = False) -> User | None:
    """The user with that id; locked until the transaction ends when it is `to_change`."""
    return await tx.get(User, user_id, with_for_update=to_change)


async def by_name(tx: AsyncSession, username: str) -> User | None:
    """The user called so, large and small letters alike."""
    query = select(User).where(func.lower(col(User.username)) == username.lower())
    return (await tx.execute(query)).scalars().first()


async def session_row(tx: AsyncSession, user_id: str) -> Row[str, str, bool, int] | None:
    """Name, role, whether active, and version: what a session is checked against."""
    query = select(col(User.username), col(User.role), col(User.is_active), col(User.version))
    return (await tx.execute(query.where(col(User.id) == user_id))).first()


async def any_user(tx: AsyncSession) -> bool:
    """Whether there is a user at all."""
    return bool((await tx.execute(select(exists(select(col(User.id)))))).scalar())


async def other_admins(tx: AsyncSession, user_id: str) -> int:
    """How many active administrators there are besides `user_id`."""
    query = select(func.count()).select_from(User)
    query = query.where(col(User.role) == Role.ADMIN, col(User.is_active), col(User.id) != user_id)
    return (await tx.execute(query)).scalar_one()


async def page(tx: AsyncSession, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """Users by name, and how many there are."""
    rows = await tx.execute(select(*SHOWN).order_by(col(User.username)).limit(limit).offset(offset))
    return rows.all(), (await tx.execute(select(func.count()).select_from(User))).scalar_one()


async def token_is_good(tx: AsyncSession, token_hash: str, moment: datetime) -> bool:
    """Whether a set-up token with that hash waits to be used."""
    query = select(SetupToken).where(col(SetupToken.token_hash) == token_hash, col(SetupToken.expires_at) > moment)
    return (await tx.execute(query)).first() is not None


async def use_token(tx: AsyncSession, token_hash: str, moment: datetime) -> bool:
    """Takes the set-up token away; False when it was used, has expired or never was. One of two at once gets True."""
    query = delete(SetupToken).where(col(SetupToken.token_hash) == token_hash, col(SetupToken.expires_at) > moment)
    return (await tx.execute(query.returning(col(SetupToken.token_hash)))).first() is not None


async def drop_tokens(tx: AsyncSession) -> None:
    """Takes every set-up token away."""
    await tx.execute(delete(SetupToken))
