"""Budgets that are used up: new work waits, and people are asked about it once."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import BudgetSettings
from loom_app.kernel.clock import now
from loom_app.kernel.database import one_at_a_time
from loom_app.ledger import service
from loom_app.ledger.models import Budget, BudgetWindow
from loom_app.ledger.orders import BudgetReached, BudgetStopped, ModelUnpriced, Payer


async def check(tx: AsyncSession, payer: Payer, settings: BudgetSettings, *, unpriced: str = "") -> None:
    """Raises BudgetStopped while a budget that bounds the payer stands where a call did not fit under it.

    With `unpriced`, the name of a model without a price, also ModelUnpriced where a budget does not let it be called.
    """
    await one_at_a_time(tx, service.MONEY_LOCK)
    for budget, window in await service.lines_of(tx, payer, settings):
        if is_stopped(budget, window):
            raise BudgetStopped(budget, window)
        if unpriced and not budget.allow_unpriced:
            raise ModelUnpriced(budget, unpriced)


def is_stopped(budget: Budget, window: BudgetWindow) -> bool:
    """Whether a call did not fit under the budget, and it has not been changed since."""
    return window.stopped_limit == budget.limit_micros


async def stop(tx: AsyncSession, reached: BudgetReached, payer: Payer, settings: BudgetSettings) -> BudgetWindow | None:
    """Marks the window that a call did not fit into. None when that was done before, and people have been asked."""
    await one_at_a_time(tx, service.MONEY_LOCK)
    for budget, window in await service.lines_of(tx, payer, settings):
        if budget.id == reached.budget.id and not is_stopped(budget, window):
            window.stopped_at, window.stopped_limit = now(), budget.limit_micros
            service.tell(
                tx, "budget.reached", budget, wanted_micros=reached.wanted, used_micros=window.used_micros,
                limit_micros=budget.limit_micros,
            )  # fmt: skip
            return window
    return None
