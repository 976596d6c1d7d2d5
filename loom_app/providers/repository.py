"""Queries of providers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.providers.models import WORKING, Provider
from loom_app.providers.visibility import shown_to


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
    changes: dict[str, Any] = {
        "total_requests": col(Provider.total_requests) + 1,
        "total_tokens": col(Provider.total_tokens) + tokens,
        "last_request_at": now(),
    }
    if failed:
        changes["failed_requests"] = col(Provider.failed_requests) + 1
        changes["calls_failed_in_row"] = col(Provider.calls_failed_in_row) + (1 if soft else 0)
    else:
        changes |= {
            "total_latency_ms": col(Provider.total_latency_ms) + latency_ms, "last_latency_ms": latency_ms,
            "calls_failed_in_row": 0, "verified_at": changes["last_request_at"],
        }  # fmt: skip
        changes |= {"selected_model": answered_by} if answered_by else {}
    statement = update(Provider).where(col(Provider.id) == provider_id).values(**changes)
    told = statement.returning(col(Provider.doubt), col(Provider.calls_failed_in_row))
    row = (await tx.execute(told.execution_options(synchronize_session=False))).first()
    return (row[0], row[1]) if row is not None else None
