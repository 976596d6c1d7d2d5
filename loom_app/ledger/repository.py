"""Queries of budgets, their windows and the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, Update, and_, bindparam, case, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.columns import table
from loom_app.kernel.ids import new_id
from loom_app.ledger.models import Budget, BudgetWindow, Call, CallStatus, Scope, UsageMark
from loom_app.ledger.paying import paid_by

LEDGER, WINDOWS, MARKS = table(Call), table(BudgetWindow), table(UsageMark)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def of_scopes(tx: AsyncSession, scopes: Mapping[str, str]) -> list[Budget]:
    """The budgets of these scopes, always in one order."""
    given = {scope.value: scopes.get(scope) for scope in Scope}
    return list((await tx.execute(_of_scopes(), given)).scalars())


@cache
def _of_scopes() -> Select[Any]:
    each = (and_(col(Budget.scope) == scope.value, col(Budget.scope_id) == bindparam(scope.value)) for scope in Scope)
    query = select(Budget).where(or_(*each)).order_by(col(Budget.id))
    return query.execution_options(populate_existing=True)


async def windows(tx: AsyncSession, keys: Sequence[tuple[str, datetime]]) -> dict[str, BudgetWindow]:
    """The windows that were begun of those named by budget and beginning, by budget."""
    return {row.budget_id: row for row in (await tx.execute(_windows(), {"keys": keys})).scalars()}


@cache
def _windows() -> Select[Any]:
    named = tuple_(col(BudgetWindow.budget_id), col(BudgetWindow.starts_at)).in_(bindparam("keys", expanding=True))
    return select(BudgetWindow).where(named).execution_options(populate_existing=True)


async def charged(tx: AsyncSession, scopes: Mapping[str, str], at: datetime) -> list[tuple[Budget, BudgetWindow]]:
    """Every budget of these scopes with each of its windows that was begun and that the moment falls into."""
    given = {scope.value: scopes.get(scope) for scope in Scope} | {"at": at}
    return [(budget, window) for budget, window in (await tx.execute(_charged(), given)).all()]


@cache
def _charged() -> Select[Any]:
    on = col(BudgetWindow.budget_id) == col(Budget.id)
    spans = col(BudgetWindow.starts_at) <= bindparam("at"), col(BudgetWindow.ends_at) > bindparam("at")
    query = _of_scopes().add_columns(BudgetWindow).join(BudgetWindow, on).where(*spans)
    return query.execution_options(populate_existing=True)


async def add_to_windows(
    tx: AsyncSession, windows: Iterable[BudgetWindow], *, reserved: int, used: int = 0, unpriced: int = 0
) -> None:
    """Adds to what is reserved, used and of unknown cost in each; what `tx` has read of them does not change."""
    amounts = {"reserved": reserved, "used": used, "unpriced": unpriced}
    rows = [{"budget": one.budget_id, "starts": one.starts_at, **amounts} for one in windows]
    if rows and any(amounts.values()):
        await (await tx.connection()).execute(_added(), rows)


@cache
def _added() -> Update:
    this = (WINDOWS.c.budget_id == bindparam("budget"), WINDOWS.c.starts_at == bindparam("starts"))
    return update(WINDOWS).where(*this).values(
        reserved_micros=WINDOWS.c.reserved_micros + bindparam("reserved"),
        used_micros=WINDOWS.c.used_micros + bindparam("used"),
        unpriced_calls=WINDOWS.c.unpriced_calls + bindparam("unpriced"),
    )  # fmt: skip


async def add(tx: AsyncSession, call: Call) -> None:
    """Stores a new call."""
    await (await tx.connection()).execute(insert(LEDGER), call.model_dump())


async def settle(tx: AsyncSession, call_id: str, changes: Mapping[str, Any]) -> None:
    """Writes down how a call ended: always the same columns."""
    await (await tx.connection()).execute(_settled(*changes), {"call": call_id, **changes})


@cache
def _settled(*columns: str) -> Update:
    return update(LEDGER).where(LEDGER.c.id == bindparam("call")).values({name: bindparam(name) for name in columns})


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
    return list((await tx.execute(_outlived(), {"moment": moment, "limit": limit})).scalars())


@cache
def _outlived() -> Select[Any]:
    late = LEDGER.c.expires_at <= bindparam("moment")
    return select(LEDGER.c.id).where(LEDGER.c.status == CallStatus.RESERVED.value, late).limit(bindparam("limit"))


async def move(tx: AsyncSession, call_id: str, before: str, after: CallStatus, note: str, moment: datetime) -> bool:
    """Puts a call from one status into another; False when it is in that status no more."""
    changed = update(Call).where(col(Call.id) == call_id, col(Call.status) == before)
    result = await tx.execute(
        changed.values(status=after, note=note, settled_at=moment).execution_options(synchronize_session=False)
    )
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]


async def mark(tx: AsyncSession, at: datetime) -> None:
    """Notes that the sums of the hour of this moment are to be made anew."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    row = {"id": new_id("mark"), "hour": hour, "ends": hour + HOUR, "day": day, "day_ends": day + DAY}
    await (await tx.connection()).execute(insert(MARKS), row)
