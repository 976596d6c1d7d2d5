"""The table of calls to models and its queries."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Update,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)  # fmt: skip
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Field, SQLModel, col

from loom_app.kernel.columns import UtcDateTime, table
from loom_app.providers.models import Provider

Number = BigInteger().with_variant(Integer, "sqlite")
OPEN = text("ended_at IS NULL")


class ProviderCall(SQLModel, table=True):
    """One call to a model. Its number is its place in the line, held until it ends or `alive_until` is over."""

    __tablename__ = "provider_calls"
    __table_args__ = (
        Index("ix_provider_calls_open", "provider_id", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_provider_calls_ended", "provider_id", "ended_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, sa_column=Column(Number, primary_key=True, autoincrement=True))
    provider_id: str = Field(foreign_key="providers.id", ondelete="CASCADE")
    holder: str = ""
    began_at: datetime = Field(sa_type=UtcDateTime)
    alive_until: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = ""
    """"answered" or the kind of its error; empty while it is on."""
    message: str = ""
    """What went wrong, in a sentence."""
    model_asked: str = ""
    model: str = ""
    """The model that answered."""
    latency_ms: int | None = None
    first_token_ms: int | None = None


CALLS = table(ProviderCall)


async def end(tx: AsyncSession, call_id: int, **told: Any) -> None:
    """Writes how a call ended."""
    await (await tx.connection()).execute(_ended(*told), {"call": call_id, **told})


@cache
def _ended(*columns: str) -> Update:
    told: dict[str, Any] = {name: bindparam(name) for name in columns}
    return update(CALLS).where(CALLS.c.id == bindparam("call")).values(told)


async def add(tx: AsyncSession, call: ProviderCall) -> int:
    """Stores a new call; its number."""
    made = await (await tx.connection()).execute(_new(), call.model_dump(exclude={"id"}))
    number: int = made.scalar_one()
    return number


@cache
def _new() -> ReturningInsert[Any]:
    return insert(CALLS).returning(CALLS.c.id)


async def renew(tx: AsyncSession, call_id: int, until: datetime) -> None:
    """Has a call that is on count until then."""
    still = (col(ProviderCall.id) == call_id, col(ProviderCall.ended_at).is_(None))
    await tx.execute(update(ProviderCall).where(*still).values(alive_until=until))


async def forget(tx: AsyncSession, call_id: int) -> None:
    """As if the call had never been meant."""
    await tx.execute(delete(ProviderCall).where(col(ProviderCall.id) == call_id))


async def ahead(tx: AsyncSession, provider_id: str, call_id: int, moment: datetime) -> tuple[int, int | None]:
    """How many calls that are on came before this one, and how many the provider takes at once."""
    before = select(func.count()).where(*_on(provider_id, moment), col(ProviderCall.id) < call_id).scalar_subquery()
    row = (await tx.execute(select(before, col(Provider.max_calls)).where(col(Provider.id) == provider_id))).first()
    return (row[0], row[1]) if row is not None else (0, None)


async def open_(tx: AsyncSession, provider_id: str, moment: datetime) -> int:
    """How many calls are on or wait."""
    return (await tx.execute(select(func.count()).where(*_on(provider_id, moment)))).scalar_one()


async def newest(tx: AsyncSession, provider_id: str, limit: int) -> Sequence[Any]:
    """The calls that ended last, the newest first."""
    ended = (col(ProviderCall.provider_id) == provider_id, col(ProviderCall.ended_at).is_not(None))
    columns: tuple[Any, ...] = (
        ProviderCall.outcome, ProviderCall.message, ProviderCall.latency_ms, ProviderCall.first_token_ms,
        ProviderCall.ended_at,
    )  # fmt: skip
    query = select(*columns).where(*ended)
    return (await tx.execute(query.order_by(col(ProviderCall.ended_at).desc()).limit(limit))).all()


async def tidy(tx: AsyncSession, *, before: int, dead: datetime) -> None:
    """Forgets the ended calls with smaller numbers, and those whose callers were gone by `dead`."""
    old = (col(ProviderCall.id) < before) & col(ProviderCall.ended_at).is_not(None)
    await tx.execute(delete(ProviderCall).where(or_(old, col(ProviderCall.alive_until) < dead)))


def _on(provider_id: str, moment: datetime) -> tuple[Any, ...]:
    return (
        col(ProviderCall.provider_id) == provider_id,
        col(ProviderCall.ended_at).is_(None),
        col(ProviderCall.alive_until) > moment,
    )
