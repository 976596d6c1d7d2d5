"""Budgets and calls for tests."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import BudgetSettings
from loom_app.kernel.ids import new_id
from loom_app.ledger import repository, service
from loom_app.ledger.models import Budget, Call
from loom_app.ledger.orders import Order, Payer, Tokens

NONE = BudgetSettings(system_daily=None, system_monthly=None)
"""No budgets but those a test makes."""


def budget(scope: str = "system", scope_id: str = "", window: str = "daily", limit: int = 100, **more: Any) -> Budget:
    """A budget of `limit` micro-dollars, to be added to a transaction."""
    return Budget(id=new_id("budget"), scope=scope, scope_id=scope_id, window=window, limit_micros=limit, **more)


async def reserve(
    tx: AsyncSession, most: int | None = 10, *, seconds: float = 60, settings: BudgetSettings = NONE, **payer: Any
) -> Call:
    """A reservation for a call that costs at most `most`."""
    order = Order("p", "m", most, "turn", seconds)
    return await service.reserve(tx, Payer(**payer), order, settings)


async def settle(tx: AsyncSession, call: Call, cost: int | None, **more: Any) -> Call:
    """The call, having cost so much."""
    return await service.settle(tx, call.id, tokens=Tokens(5, 0, 0, 2), cost_micros=cost, rates={}, **more)


async def state(tx: AsyncSession, *found: Budget) -> list[tuple[int, int]]:
    """What of each budget is used and what reserved in its present window, as the window and the ledger both say."""
    told = []
    for one in found:
        fresh = await tx.get(Budget, one.id, populate_existing=True)
        assert fresh is not None
        named: dict[str, Any] = {} if one.scope == "system" else {f"{one.scope}_id": one.scope_id}
        payer = Payer(**named)
        lines = [line for line in await service.lines_of(tx, payer, NONE) if line[0].id == one.id]
        _, kept = lines[0]
        summed = await service.summed(tx, fresh, kept.starts_at, kept.ends_at)
        assert (kept.used_micros, kept.reserved_micros) == (summed.used_micros, summed.reserved_micros)
        told.append((kept.used_micros, kept.reserved_micros))
    return told


async def mark_all(tx: AsyncSession) -> None:
    """Has the sums made anew of every hour that a call is of; for tests that set rows' times themselves."""
    for at in {
        call.at.replace(minute=0, second=0, microsecond=0) for call in (await tx.execute(select(Call))).scalars()
    }:
        await repository.mark(tx, at)
