"""Queries of providers."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.columns import table
from loom_app.providers.models import WORKING, Provider
from loom_app.providers.visibility import shown_to

PROVIDERS = table(Provider)


async def get(tx: AsyncSession, provider_id: str) -> Provider | None:
    """The provider, to be changed."""
    return await tx.get(Provider, provider_id, populate_existing=True)


async def page(tx: AsyncSession, actor: Actor, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """What `actor` may see, oldest first, as plain rows without keys; and how many there are in all."""
    shown = [column for column in Provider.__table__.columns if column.name != "api_key_sealed"]  # type: ignore[attr-defined]
    query = select(*shown).where(shown_to(actor)).order_by(col(Provider.created_at), col(Provider.id))
    total = await tx.execute(select(func.count()).select_from(Provider).where(shown_to(actor)))
    return (await tx.execute(query.limit(limit).offset(offset))).all(), total.scalar_one()


async def first_working(tx: AsyncSession) -> Provider | None:
    """The shared provider that gets work: a real one before the demo, then the oldest."""
    query = (
        select(Provider)
        .where(col(Provider.status).in_(WORKING), col(Provider.is_shared))
        .order_by(case((col(Provider.is_demo), 1), else_=0), col(Provider.created_at), col(Provider.id))
        .limit(1)
    )
    return (await tx.execute(query)).scalar_one_or_none()


async def all_of_them(tx: AsyncSession) -> Sequence[Provider]:
    """Every provider, oldest first."""
    return (await tx.execute(select(Provider).order_by(col(Provider.created_at), col(Provider.id)))).scalars().all()


async def count_call(
    tx: AsyncSession, provider_id: str, *, tokens: int, latency_ms: int, answered_by: str, failed: bool, soft: bool
) -> tuple[str, int] | None:
    """Adds one call to the provider's totals, in one statement so that parallel calls are all counted.

    Answers its doubt and how many calls in a row have failed softly by now; None when it is gone.
    """
    given = {"provider": provider_id, "tokens": tokens, "moment": now(), "soft": int(soft)}
    if not failed:
        given |= {"latency": latency_ms, "answered_by": answered_by}
    row = (await (await tx.connection()).execute(_failed() if failed else _answered(), given)).first()
    return (row[0], row[1]) if row is not None else None


@cache
def _failed() -> ReturningUpdate[Any]:
    return _counting(
        failed_requests=PROVIDERS.c.failed_requests + 1,
        calls_failed_in_row=PROVIDERS.c.calls_failed_in_row + bindparam("soft"),
    )


@cache
def _answered() -> ReturningUpdate[Any]:
    return _counting(
        total_latency_ms=PROVIDERS.c.total_latency_ms + bindparam("latency"), last_latency_ms=bindparam("latency"),
        calls_failed_in_row=bindparam("soft"), verified_at=bindparam("moment"),
        selected_model=func.coalesce(func.nullif(bindparam("answered_by"), ""), PROVIDERS.c.selected_model),
    )  # fmt: skip


def _counting(**changes: Any) -> ReturningUpdate[Any]:
    statement = update(PROVIDERS).where(PROVIDERS.c.id == bindparam("provider")).values(
        total_requests=PROVIDERS.c.total_requests + 1, total_tokens=PROVIDERS.c.total_tokens + bindparam("tokens"),
        last_request_at=bindparam("moment"), **changes,
    )  # fmt: skip
    return statement.returning(PROVIDERS.c.doubt, PROVIDERS.c.calls_failed_in_row)
