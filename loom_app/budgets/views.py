"""Budgets as they are shown: with what is used now, what is left and how long it lasts."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.budgets import repository, service
from loom_app.budgets.forecast import LOOKS_BACK, Spent, forecast
from loom_app.budgets.schemas import BudgetView, Forecast
from loom_app.config import BudgetSettings
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.ledger import service as ledger
from loom_app.ledger.models import Budget, BudgetWindow, Window
from loom_app.ledger.windows import BEGINNING, bounds


async def shown(
    tx: AsyncSession, budgets: Sequence[Budget], settings: BudgetSettings, actor: Actor
) -> list[BudgetView]:
    """The views of `budgets` in their order. Nothing is written: a window nobody has used yet is summed here."""
    called = await service.names(tx, budgets, actor)
    at, zone = now(), ZoneInfo(settings.time_zone)
    spans = {one.id: bounds(one.window, at, zone) for one in budgets}
    begun = await ledger.begun(tx, [(name, starts) for name, (starts, _) in spans.items()])
    views = []
    for one in budgets:
        window = begun.get(one.id) or await ledger.summed(tx, one, *spans[one.id])
        views.append(
            BudgetView.of(
                one, window, name=called[one.id], may_change=service.may_change(one, actor),
                forecast=await _forecast(tx, one, window, zone),
            )
        )  # fmt: skip
    return views


async def _forecast(tx: AsyncSession, budget: Budget, window: BudgetWindow, zone: ZoneInfo) -> Forecast | None:
    moment = now()
    back = LOOKS_BACK.get(Window(budget.window))
    since = BEGINNING if back is None else moment - back
    spent = Spent(*await repository.spent(tx, budget.scope, budget.scope_id, since))
    left = budget.limit_micros - window.used_micros - window.reserved_micros
    return forecast(budget.window, left, window.ends_at, spent, moment, zone)
