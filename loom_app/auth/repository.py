"""Queries of users, sessions, API keys and one-time links."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, delete, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.auth.models import ApiKey, OneTimeLink, ProjectMember, RevokedToken, User
from loom_app.auth.permissions import Role
from loom_app.kernel.database import Database, inserting
from loom_app.kernel.keyring import SealedKey

SHOWN = [column for column in User.__table__.columns if column.name not in ("password_hash", "version")]  # type: ignore[attr-defined]


async def by_id(tx: AsyncSession, user_id: str, *, to_change: bool = False) -> User | None:
    """The user with that id; locked until the transaction ends when it is `to_change`."""
    return await tx.get(User, user_id, with_for_update=to_change)


async def by_name(tx: AsyncSession, username: str) -> User | None:
    """The user called so, large and small letters alike."""
    query = select(User).where(func.lower(col(User.username)) == username.lower())
    return (await tx.execute(query)).scalars().first()


async def named_by_id(tx: AsyncSession, ids: Iterable[str]) -> Sequence[Any]:
    """Id and name of those of `ids` that are users."""
    return (await tx.execute(select(col(User.id), col(User.username)).where(col(User.id).in_(list(ids))))).all()


async def by_id_or_name(tx: AsyncSession, names: Iterable[str]) -> Sequence[Any]:
    """Id and name of the users of whom either is among `names`."""
    asked = list(names)
    either = or_(col(User.id).in_(asked), col(User.username).in_(asked))
    return (await tx.execute(select(col(User.id), col(User.username)).where(either))).all()


_SEES_ALL = (col(User.role) == Role.ADMIN).label("sees_all")
_SEEN = and_(col(ProjectMember.user_id) == col(User.id), col(User.role) != Role.ADMIN)
_PERSON = (col(User.username), col(User.role), col(User.is_active), _SEES_ALL, col(ProjectMember.project_id))
_SESSION: Select[*tuple[Any, ...]] = (
    select(
        *_PERSON, col(User.version), col(RevokedToken.token_id).label("revoked"),
        col(SealedKey.ends_at).label("key_ends_at"),
    )
    .select_from(User)
    .outerjoin(RevokedToken, col(RevokedToken.token_id) == bindparam("token_id", type_=String))
    .outerjoin(SealedKey, col(SealedKey.id) == bindparam("key_id", type_=String))
    .outerjoin(ProjectMember, _SEEN)
    .where(col(User.id) == bindparam("user_id", type_=String))
)  # fmt: skip
_KEY: Select[*tuple[Any, ...]] = (
    select(*_PERSON, *ApiKey.__table__.columns)  # type: ignore[attr-defined]
    .select_from(ApiKey)
    .join(User, col(User.id) == col(ApiKey.user_id))
    .outerjoin(ProjectMember, _SEEN)
    .where(col(ApiKey.id) == bindparam("key_id", type_=String))
)


async def session_rows(db: Database, user_id: str, token_id: str, key_id: str) -> Sequence[Any]:
    """What a session is checked against, one row for each project its user sees; none for an unknown user."""
    given = {"user_id": user_id, "token_id": token_id, "key_id": key_id}
    return await db.glance(_SESSION, given)


async def key_rows(db: Database, key_id: str) -> Sequence[Any]:
    """An API key with its owner, one row for each project the owner sees; none for an unknown key."""
    return await db.glance(_KEY, {"key_id": key_id})


def projects_seen(rows: Sequence[Any]) -> frozenset[str] | None:
    """The projects in the rows of a session or key; None for all."""
    return None if rows[0].sees_all else frozenset(row.project_id for row in rows if row.project_id is not None)


async def keys_of(tx: AsyncSession, user_id: str | None, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """API keys, newest first, of one user or all, with their owner's name; and how many there are."""
    keys = select(*ApiKey.__table__.columns, col(User.username)).join(User, col(User.id) == col(ApiKey.user_id))  # type: ignore[attr-defined]
    whose = col(ApiKey.user_id) == user_id if user_id is not None else true()
    newest = keys.where(whose).order_by(col(ApiKey.created_at).desc(), col(ApiKey.id)).limit(limit).offset(offset)
    total = await tx.execute(select(func.count()).select_from(ApiKey).where(whose))
    return (await tx.execute(newest)).all(), total.scalar_one()


async def count_keys(tx: AsyncSession, user_id: str) -> int:
    """How many API keys the user has."""
    query = select(func.count()).select_from(ApiKey).where(col(ApiKey.user_id) == user_id)
    return (await tx.execute(query)).scalar_one()


async def key_used(tx: AsyncSession, key_id: str, moment: datetime, before: datetime) -> None:
    """Keeps `moment` as the key's last use unless one after `before` is kept already."""
    stale = or_(col(ApiKey.last_used_at).is_(None), col(ApiKey.last_used_at) <= before)
    await tx.execute(update(ApiKey).where(col(ApiKey.id) == key_id, stale).values(last_used_at=moment))


async def add_revoked(tx: AsyncSession, row: RevokedToken) -> bool:
    """Keeps a token as revoked; False when it was already."""
    added = inserting(tx, RevokedToken).values(**row.model_dump()).on_conflict_do_nothing()
    return (await tx.execute(added.returning(col(RevokedToken.token_id)))).first() is not None


async def drop_revoked(tx: AsyncSession, moment: datetime) -> None:
    """Forgets the revoked tokens that ended by themselves before `moment`."""
    await tx.execute(delete(RevokedToken).where(col(RevokedToken.expires_at) < moment))


async def any_user(tx: AsyncSession) -> bool:
    """Whether there is a user at all."""
    return bool((await tx.execute(select(exists(select(col(User.id)))))).scalar())


async def hold_admins(tx: AsyncSession) -> list[str]:
    """The ids of the active administrators, none of whom changes before the transaction ends."""
    query = select(col(User.id)).where(col(User.role) == Role.ADMIN, col(User.is_active))
    return list((await tx.execute(query.order_by(col(User.id)).with_for_update())).scalars())


async def page(tx: AsyncSession, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """Users by name, and how many there are."""
    rows = await tx.execute(select(*SHOWN).order_by(col(User.username)).limit(limit).offset(offset))
    return rows.all(), (await tx.execute(select(func.count()).select_from(User))).scalar_one()


async def link(tx: AsyncSession, purpose: str, token_hash: str, moment: datetime) -> OneTimeLink | None:
    """The one-time link with that hash, when it waits to be used."""
    return (await tx.execute(select(OneTimeLink).where(*_waiting(purpose, token_hash, moment)))).scalars().first()


async def take_link(tx: AsyncSession, purpose: str, token_hash: str, moment: datetime) -> bool:
    """Takes the link away; False when it was used, has expired or never was. One of two at once gets True."""
    query = delete(OneTimeLink).where(*_waiting(purpose, token_hash, moment)).returning(col(OneTimeLink.token_hash))
    return (await tx.execute(query)).first() is not None


async def drop_links(tx: AsyncSession, purpose: str, user_id: str | None) -> None:
    """Takes away every link of that purpose for that user, or for nobody in particular."""
    query = delete(OneTimeLink).where(col(OneTimeLink.purpose) == purpose, col(OneTimeLink.user_id) == user_id)
    await tx.execute(query.execution_options(synchronize_session=False))


def _waiting(purpose: str, token_hash: str, moment: datetime) -> tuple[ColumnElement[bool], ...]:
    found = col(OneTimeLink.token_hash) == token_hash, col(OneTimeLink.purpose) == purpose
    return *found, col(OneTimeLink.expires_at) > moment
