"""The rules of budgets: who may set which, and what they say of themselves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.auth import service as users
from loom_app.beads import service as beads
from loom_app.budgets import repository
from loom_app.budgets.schemas import BudgetChange, BudgetDraft
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from loom_app.kernel.ids import new_id
from loom_app.kernel.money import dollars
from loom_app.ledger.models import Budget, Scope
from loom_app.ledger.orders import words
from loom_app.ledger.service import tell
from loom_app.projects import service as projects

MOST = 20_000
"""How many budgets there can be."""


async def get(tx: AsyncSession, budget_id: str, *, actor: Actor = SYSTEM) -> Budget:
    """The budget, if `actor` may know of it. Raises NotFound."""
    found = await repository.get(tx, budget_id, actor)
    if found is None:
        raise NotFound(
            f"There is no budget {budget_id[:100]!r}. GET /api/v1/budgets lists them.", code="budget_not_found"
        )
    return found


async def page(
    tx: AsyncSession, actor: Actor, wanted: Mapping[str, str | None], limit: int, offset: int
) -> tuple[Sequence[Budget], int]:
    """The budgets `actor` may know of, the wide ones first, and how many match."""
    return await repository.page(tx, actor, wanted, limit, offset)


async def call_sums(tx: AsyncSession, actor: Actor, wanted: Mapping[str, Any], *, since: datetime | None = None) -> Any:
    """Sums of the calls that `actor` may know of: how many, cost, unpriced ones, tokens by kind."""
    return await repository.call_sums(tx, actor, wanted, since=since)


async def create(tx: AsyncSession, draft: BudgetDraft, *, actor: Actor) -> Budget:
    """A new budget; what was spent in its window before counts. A default of the settings is taken over.

    Raises NotFound for what `actor` does not see, Forbidden, Conflict when there is one for that scope and window.
    """
    assert draft.window is not None
    project_id = await project_of(tx, draft, actor)
    budget = Budget(
        id=new_id("budget"), scope=draft.scope, scope_id=draft.scope_id, project_id=project_id, window=draft.window,
        limit_micros=draft.limit_micros, alert_percent=draft.alert_percent, allow_unpriced=draft.allow_unpriced,
        created_by=actor.id,
    )  # fmt: skip
    check_may_change(budget, actor)
    known = await repository.same(tx, draft.scope, draft.scope_id, draft.window)
    if known is not None:
        return await _taken_over(tx, known, draft, actor)
    if await repository.count(tx) >= MOST:
        raise Conflict(f"There are {MOST:,} budgets, and no more are taken.", code="too_many")
    tx.add(budget)
    await tx.flush()
    tell(tx, "budget.created", budget, actor=actor, limit_micros=budget.limit_micros)
    return budget


async def update(tx: AsyncSession, budget_id: str, change: BudgetChange, *, actor: Actor) -> Budget:
    """The budget with `change` applied, at once: work that waited for it goes on. Raises NotFound and Forbidden."""
    budget = await get(tx, budget_id, actor=actor)
    check_may_change(budget, actor)
    return _changed(tx, budget, change.model_dump(exclude_none=True), actor)


async def delete(tx: AsyncSession, budget_id: str, *, actor: Actor) -> None:
    """Removes a budget. Raises NotFound, Forbidden, and Conflict for one that the settings would make again."""
    budget = await get(tx, budget_id, actor=actor)
    check_may_change(budget, actor)
    if budget.is_default:
        raise Conflict(
            f"{_begin(words(budget))} comes from the section budgets of config.yaml and would be there again with the "
            "next call. Set another limit here, or null there.",
            code="budget_is_default",
        )
    await tx.delete(budget)
    await tx.flush()
    tell(tx, "budget.deleted", budget, actor=actor, limit_micros=budget.limit_micros)


async def raise_limit(tx: AsyncSession, budget_id: str, limit_micros: int, *, actor: Actor) -> None:
    """Raises the budget to a limit; one that is higher already or gone stays so. Raises Forbidden and Invalid."""
    budget = await repository.get(tx, budget_id, SYSTEM)
    if budget is None:
        return
    check_may_change(budget, actor)
    if limit_micros <= budget.limit_micros:
        raise Invalid(
            f"{_begin(words(budget))} is {dollars(budget.limit_micros)} already; name a higher amount.",
            code="budget_not_raised",
        )
    _changed(tx, budget, {"limit_micros": limit_micros}, actor)


async def allow_unpriced(tx: AsyncSession, budget_id: str, *, actor: Actor) -> None:
    """Lets models without a price be called under the budget, if it is still there. Raises Forbidden."""
    budget = await repository.get(tx, budget_id, SYSTEM)
    if budget is not None:
        check_may_change(budget, actor)
        _changed(tx, budget, {"allow_unpriced": True}, actor)


def may_change(budget: Budget, actor: Actor) -> bool:
    """Whether `actor` may set, change and remove the budget: that of a project whoever may change the project."""
    if budget.scope in (Scope.SYSTEM, Scope.USER):
        return actor.may("system:admin")
    return actor.may("projects:write") and actor.sees(budget.project_id)


def check_may_change(budget: Budget, actor: Actor) -> None:
    """Raises Forbidden unless `may_change`."""
    if not may_change(budget, actor):
        who = "an administrator" if budget.scope in (Scope.SYSTEM, Scope.USER) else "whoever may change its project"
        raise Forbidden(f"{_begin(words(budget))} can only be changed by {who}. Ask one.", code="budget_not_yours")


async def names(tx: AsyncSession, budgets: Sequence[Budget], actor: Actor) -> dict[str, str]:
    """What people call whom each of `budgets` is for, by budget."""
    people = await users.names(tx, [one.scope_id for one in budgets if one.scope == Scope.USER])
    held = await beads.names(tx, [one.scope_id for one in budgets if one.scope == Scope.AGENT], actor)
    called: dict[str, str] = {}
    for one in budgets:
        own = {Scope.USER: people.get(one.scope_id), Scope.AGENT: held.of(one.scope_id), Scope.SYSTEM: "All of Loom"}
        called[one.id] = own.get(Scope(one.scope)) or one.scope_id
    return called


async def project_of(tx: AsyncSession, draft: BudgetDraft, actor: Actor) -> str:
    """The project that the scope belongs to, "" for none. Raises NotFound for what is not there or not seen."""
    match draft.scope:
        case Scope.PROJECT:
            return (await projects.get(tx, draft.scope_id, actor=actor)).id
        case Scope.AGENT:
            return (await agents.get(tx, draft.scope_id, actor=actor)).project_id
        case Scope.BEAD:
            return (await beads.get(tx, draft.scope_id, actor=actor)).project_id
        case Scope.USER if actor.may("system:admin"):
            await users.get(tx, draft.scope_id)
    return ""


async def _taken_over(tx: AsyncSession, known: Budget, draft: BudgetDraft, actor: Actor) -> Budget:
    if not known.is_default:
        raise Conflict(
            f"There is {words(known)} already ({known.id}); change that one.", code="budget_exists", budget_id=known.id
        )
    return _changed(tx, known, draft.model_dump(include={"limit_micros", "alert_percent", "allow_unpriced"}), actor)


def _changed(tx: AsyncSession, budget: Budget, wanted: dict[str, object], actor: Actor) -> Budget:
    fields = {name: value for name, value in wanted.items() if getattr(budget, name) != value}
    before = budget.limit_micros
    if not fields and not (budget.is_default and wanted):
        return budget
    for name, value in fields.items():
        setattr(budget, name, value)
    budget.is_default, budget.updated_at = False, now()
    tell(
        tx, "budget.updated", budget, actor=actor, fields=sorted(fields), limit_micros=budget.limit_micros,
        previous_micros=before,
    )  # fmt: skip
    return budget


def _begin(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
