"""Queries of budgets, their windows and the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, case, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.ledger.models import Budget, BudgetWindow, Call, CallStatus
from loom_app.ledger.paying import paid_by


async def of_scopes(tx: AsyncSession, scopes: Mapping[str, str]) -> list[Budget]:
    """The budgets of these scopes, always in one order."""
    either = or_(*(and_(col(Budget.scope) == scope, col(Budget.scope_id) == name) for scope, name in scopes.items()))
    query = select(Budget).where(either).order_by(col(Budget.id)).execution_options(populate_existing=True)
    return list((await tx.execute(query)).scalars())


async def windows(tx: AsyncSession, keys: Sequence[tuple[str, datetime]]) -> dict[str, BudgetWindow]:
    """The windows that were begun of those named by budget and beginning, by budget."""
    named = tuple_(col(BudgetWindow.budget_id), col(BudgetWindow.starts_at)).in_(keys)
    query = select(BudgetWindow).where(named).execution_options(populate_existing=True)
    return {row.budget_id: row for row in (await tx.execute(query)).scalars()}


async def windows_at(tx: AsyncSession, budget_ids: Sequence[str], at: datetime) -> list[BudgetWindow]:
    """Every window of these budgets that was begun and that the moment falls into."""
    query = select(BudgetWindow).where(
        col(BudgetWindow.budget_id).in_(budget_ids), col(BudgetWindow.starts_at) <= at, col(BudgetWindow.ends_at) > at
    )
    return list((await tx.execute(query.execution_options(populate_existing=True))).scalars())


async def sums(tx: AsyncSession, scope: str, scope_id: str, starts: datetime, ends: datetime) -> tuple[int, int, int]:
    """What the scope's calls between two moments cost, what is reserved for them, and how many cost nobody knows."""
    settled, reserved = col(Call.status) == CallStatus.SETTLED, col(Call.status) == CallStatus.RESERVED
    query = select(
        func.coalesce(func.sum(case((settled, col(Call.cost_micros)), else_=0)), 0),
        func.coalesce(func.sum(case((reserved, col(Call.reserved_micros)), else_=0)), 0),
        func.count().filter(settled, col(Call.cost_micros).is_(None)),
    ).where(*paid_by(scope, scope_id), col(Call.at) >= starts, col(Call.at) < ends)
    used, held, unpriced = (await tx.execute(query)).one()
    return int(used), int(held), int(unpriced)


async def call(tx: AsyncSession, call_id: str) -> Call | None:
    """The call, as it is now."""
    return await tx.get(Call, call_id, populate_existing=True)


async def models_of(tx: AsyncSession, provider_id: str) -> set[str]:
    """The names of the models that answered at a provider."""
    query = select(col(Call.answered_by)).where(col(Call.provider_id) == provider_id, col(Call.answered_by) != "")
    return set((await tx.execute(query.distinct())).scalars())


async def open_of_run(tx: AsyncSession, run_id: str) -> list[str]:
    """The calls of the run that something is reserved for."""
    query = select(col(Call.id)).where(col(Call.run_id) == run_id, col(Call.status) == CallStatus.RESERVED)
    return list((await tx.execute(query)).scalars())


async def open_of_provider(tx: AsyncSession, provider_id: str, moment: datetime) -> int:
    """How many of the provider's calls are reserved and not outlived."""
    still = (col(Call.status) == CallStatus.RESERVED, col(Call.expires_at) > moment)
    return (await tx.execute(select(func.count()).where(*still, col(Call.provider_id) == provider_id))).scalar_one()


async def outlived(tx: AsyncSession, moment: datetime, limit: int = 100) -> list[str]:
    """The calls that nobody can be waiting for any more."""
    query = select(col(Call.id)).where(col(Call.status) == CallStatus.RESERVED, col(Call.expires_at) <= moment)
    return list((await tx.execute(query.limit(limit))).scalars())


async def move(tx: AsyncSession, call_id: str, before: str, after: CallStatus, note: str, moment: datetime) -> bool:
    """Puts a call from one status into another; False when it is in that status no more."""
    changed = update(Call).where(col(Call.id) == call_id, col(Call.status) == before)
    result = await tx.execute(
        changed.values(status=after, note=note, settled_at=moment).execution_options(synchronize_session=False)
    )
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]
