"""Reserve, call, settle. What may be spent is checked and set aside in one transaction, before the call is made."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import BudgetSettings
from loom_app.events.service import append
from loom_app.events.visibility import PRIVATE_TO
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import one_at_a_time
from loom_app.kernel.errors import NotFound
from loom_app.kernel.ids import new_id
from loom_app.ledger import defaults, repository
from loom_app.ledger.models import TRANSITIONS, Budget, BudgetWindow, Call, CallStatus, Scope
from loom_app.ledger.orders import BudgetReached, ModelUnpriced, Order, Payer, Tokens
from loom_app.ledger.telling import note_cost
from loom_app.ledger.windows import bounds

MONEY_LOCK = 0x10_0F
"""On PostgreSQL whoever reserves or settles waits for the others: ceilings of many scopes change together."""
Line = tuple[Budget, BudgetWindow]


async def reserve(tx: AsyncSession, payer: Payer, order: Order, settings: BudgetSettings) -> Call:
    """Sets the largest possible cost of a call aside in every budget that bounds it.

    Raises BudgetReached where it does not fit, ModelUnpriced where the cost is not known and a budget wants it to be;
    then nothing is set aside anywhere. A model without a price reserves nothing.
    """
    await one_at_a_time(tx, MONEY_LOCK)
    await expire(tx)
    lines = await lines_of(tx, payer, settings)
    _check(lines, order)
    await repository.add_to_windows(tx, [window for _, window in lines], reserved=order.most_micros or 0)
    moment = now()
    call = Call(
        id=new_id("call"), purpose=order.purpose, at=moment,
        expires_at=moment + timedelta(seconds=order.within_seconds),
        project_id=payer.project_id, agent_id=payer.agent_id, user_id=payer.user_id, bead_id=payer.bead_id,
        run_id=payer.run_id, turn=payer.turn, provider_id=order.provider_id, model=order.model,
        reserved_micros=order.most_micros,
    )  # fmt: skip
    await repository.add(tx, call)
    return call


async def settle(
    tx: AsyncSession, call_id: str, *, tokens: Tokens, cost_micros: int | None, rates: dict[str, int | None],
    answered_by: str = "", estimated: bool = False, request_id: str = "", note: str = "",
) -> Call:  # fmt: skip
    """Writes down what a call did cost and lets go what was set aside for it. Once; a second time changes nothing.

    A cost that comes after the reservation was let go counts all the same. Raises NotFound.
    """
    await one_at_a_time(tx, MONEY_LOCK)
    call = await get(tx, call_id)
    if CallStatus.SETTLED not in TRANSITIONS[CallStatus(call.status)]:
        return call
    held = (call.reserved_micros or 0) if call.status == CallStatus.RESERVED else 0
    changes: dict[str, Any] = {
        "status": CallStatus.SETTLED.value, "settled_at": now(), "note": note, "estimated": estimated,
        "tokens_input": tokens.input, "tokens_cached": tokens.cached, "tokens_cache_write": tokens.cache_write,
        "tokens_output": tokens.output, "tokens_reasoning": tokens.reasoning,
        "cost_micros": cost_micros, "rates": rates, "request_id": request_id[:300],
        "answered_by": answered_by or call.model,
    }  # fmt: skip
    await repository.settle(tx, call_id, changes)
    await repository.mark(tx, call.at)
    lines = await _charged(tx, call)
    spent = {"reserved": -held, "used": cost_micros or 0, "unpriced": int(cost_micros is None)}
    await repository.add_to_windows(tx, [window for _, window in lines], **spent)
    for budget, window in lines:
        _warn(tx, budget, window, window.used_micros + (cost_micros or 0))
    note_cost(cost_micros)
    return Call(**{**call.model_dump(), **changes})


async def release(tx: AsyncSession, call_id: str, why: str, *, status: CallStatus = CallStatus.RELEASED) -> bool:
    """Lets go what was set aside for a call that cost nothing; whether anything was. Raises NotFound."""
    await one_at_a_time(tx, MONEY_LOCK)
    call = await get(tx, call_id)
    if not await repository.move(tx, call_id, CallStatus.RESERVED, status, why[:500], now()):
        return False
    await repository.mark(tx, call.at)
    lines = await _charged(tx, call)
    await repository.add_to_windows(tx, [window for _, window in lines], reserved=-(call.reserved_micros or 0))
    return True


async def release_run(tx: AsyncSession, run_id: str, why: str) -> int:
    """Lets go what is set aside for the calls of a run that is over. Answers how many there were."""
    found = await repository.open_of_run(tx, run_id)
    return sum([await release(tx, call_id, why) for call_id in found])


async def expire(tx: AsyncSession) -> int:
    """Lets go what is set aside for calls whose time is over, since whoever made them is gone."""
    why = "Whoever made the call went away before its answer came."
    found = await repository.outlived(tx, now())
    return sum([await release(tx, call_id, why, status=CallStatus.EXPIRED) for call_id in found])


async def open_calls(tx: AsyncSession, provider_id: str) -> int:
    """How many calls to the provider are under way."""
    return await repository.open_of_provider(tx, provider_id, now())


async def get(tx: AsyncSession, call_id: str) -> Call:
    """The call. Raises NotFound."""
    found = await repository.call(tx, call_id)
    if found is None:
        raise NotFound(f"There is no call {call_id!r} in the ledger.", code="call_not_found")
    return found


async def lines_of(tx: AsyncSession, payer: Payer, settings: BudgetSettings) -> list[Line]:
    """The budgets that bound the payer's calls, each with its present window, which is begun where it is not."""
    budgets = await defaults.followed(tx, payer, await repository.of_scopes(tx, payer.scopes()), settings)
    at, zone = now(), ZoneInfo(settings.time_zone)
    spans = {budget.id: bounds(budget.window, at, zone) for budget in budgets}
    begun = await repository.windows(tx, [(budget_id, starts) for budget_id, (starts, _) in spans.items()])
    lines = [(budget, begun.get(budget.id) or await summed(tx, budget, *spans[budget.id])) for budget in budgets]
    tx.add_all(window for budget, window in lines if budget.id not in begun)
    await tx.flush()
    return lines


async def bounding(tx: AsyncSession, payer: Payer) -> list[Budget]:
    """The budgets there are that bound the payer's calls; nothing is made."""
    return await repository.of_scopes(tx, payer.scopes())


async def begun(tx: AsyncSession, keys: Sequence[tuple[str, datetime]]) -> dict[str, BudgetWindow]:
    """The windows, named by budget and beginning, that something was reserved in, by budget."""
    return await repository.windows(tx, keys)


async def models_of(tx: AsyncSession, provider_id: str) -> set[str]:
    """The models that have answered at the provider."""
    return await repository.models_of(tx, provider_id)


async def summed(tx: AsyncSession, budget: Budget, starts: datetime, ends: datetime) -> BudgetWindow:
    """A window of the budget with what the ledger says of it; not stored."""
    used, held, unpriced = await repository.sums(tx, budget.scope, budget.scope_id, starts, ends)
    return BudgetWindow(
        budget_id=budget.id, starts_at=starts, ends_at=ends, used_micros=used, reserved_micros=held,
        unpriced_calls=unpriced,
    )  # fmt: skip


def _check(lines: Sequence[Line], order: Order) -> None:
    """Raises for the budget that has the least left of those the call does not fit under."""
    if order.most_micros is None:
        strict = next((budget for budget, _ in lines if not budget.allow_unpriced), None)
        if strict is not None:
            raise ModelUnpriced(strict, order.model)
        over = [(b, w) for b, w in lines if w.used_micros + w.reserved_micros >= b.limit_micros]
    else:
        over = [(b, w) for b, w in lines if w.used_micros + w.reserved_micros + order.most_micros > b.limit_micros]
    if over:
        lasting = [line for line in over if line[1].used_micros + (order.most_micros or 0) > line[0].limit_micros]
        budget, window = min(lasting or over, key=left)
        raise BudgetReached(budget, window, order.most_micros or 0)


def left(line: Line) -> int:
    """Micro-dollars that may still be spent; below 0 when more was."""
    budget, window = line
    return budget.limit_micros - window.used_micros - window.reserved_micros


async def _charged(tx: AsyncSession, call: Call) -> list[Line]:
    """The begun windows that pay for a call. One that is begun later reads the ledger and finds it there."""
    payer = Payer(call.project_id, call.agent_id, call.user_id, call.bead_id)
    return await repository.charged(tx, payer.scopes(), call.at)


def _warn(tx: AsyncSession, budget: Budget, window: BudgetWindow, used: int) -> None:
    """Warns once a window, as soon as the part of the limit is used that people want to be told of."""
    if window.alerted_at is not None or used * 100 < budget.limit_micros * budget.alert_percent:
        return
    window.alerted_at = now()
    tell(
        tx, "budget.alert", budget, percent=budget.alert_percent, used_micros=used,
        limit_micros=budget.limit_micros,
    )  # fmt: skip


def tell(tx: AsyncSession, type_: str, budget: Budget, *, actor: Actor = SYSTEM, **data: Any) -> None:
    """Appends an event of the budget: for those who see its project, or for the user it is for."""
    own = {PRIVATE_TO: budget.scope_id} if budget.scope == Scope.USER else {}
    about = {"scope": budget.scope, "scope_id": budget.scope_id, "window": budget.window}
    append(
        tx, type_, actor=actor, project_id=budget.project_id or None, subject_id=budget.id,
        data={**about, **data, **own},
    )  # fmt: skip
