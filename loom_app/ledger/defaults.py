"""Budgets that the settings give to everybody: made when they first count, following the settings until changed."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import BudgetSettings
from loom_app.kernel.clock import now
from loom_app.kernel.ids import new_id
from loom_app.ledger.models import Budget, Scope, Window
from loom_app.ledger.orders import Payer

MICROS = 1_000_000
NAMES = {
    (Scope.SYSTEM, Window.DAILY): "system_daily",
    (Scope.SYSTEM, Window.MONTHLY): "system_monthly",
    (Scope.PROJECT, Window.DAILY): "project_daily",
    (Scope.PROJECT, Window.MONTHLY): "project_monthly",
    (Scope.AGENT, Window.DAILY): "agent_daily",
    (Scope.USER, Window.DAILY): "user_daily",
    (Scope.BEAD, Window.TOTAL): "bead_total",
}
"""The setting that gives a scope its budget for a window."""


async def followed(tx: AsyncSession, payer: Payer, found: Sequence[Budget], settings: BudgetSettings) -> list[Budget]:
    """The budgets as the settings want them now: missing ones made, untouched ones changed or taken away."""
    scopes = payer.scopes()
    known = {(budget.scope, budget.window): budget for budget in found}
    for (scope, window), name in NAMES.items():
        dollars = getattr(settings, name)
        budget = known.get((scope, window))
        if scope not in scopes or (budget is not None and not budget.is_default):
            continue
        if dollars is None:
            if budget is not None:
                await tx.delete(known.pop((scope, window)))
            continue
        if budget is None:
            budget = known[scope, window] = _made(payer, scope, window)
            tx.add(budget)
        _follow(budget, settings, round(dollars * MICROS))
    await tx.flush()
    return sorted(known.values(), key=lambda budget: budget.id)


def _made(payer: Payer, scope: Scope, window: Window) -> Budget:
    project_id = payer.project_id if scope not in (Scope.SYSTEM, Scope.USER) else ""
    return Budget(
        id=new_id("budget"), scope=scope, scope_id=payer.scopes()[scope], project_id=project_id, window=window,
        limit_micros=0, is_default=True,
    )  # fmt: skip


def _follow(budget: Budget, settings: BudgetSettings, limit: int) -> None:
    wanted = (limit, settings.alert_percent, settings.allow_unpriced)
    if (budget.limit_micros, budget.alert_percent, budget.allow_unpriced) != wanted:
        budget.limit_micros, budget.alert_percent, budget.allow_unpriced = wanted
        budget.updated_at = now()
