"""What beads cost, and what they may still cost."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.models import Bead, BeadStatus
from loom_app.budgets import repository, views
from loom_app.budgets.schemas import BeadCost, BudgetView
from loom_app.config import BudgetSettings
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.money import dollars, dollars_known
from loom_app.ledger import service as ledger
from loom_app.ledger.models import Scope
from loom_app.ledger.orders import Payer


@dataclass(frozen=True, slots=True)
class SoFar:
    """What the calls for a bead come to. Amounts are micro-dollars; of `unpriced` calls nobody knows the cost."""

    cost_micros: int
    reserved_micros: int
    calls: int
    unpriced: int
    tokens: int

    @property
    def cost(self) -> str:
        """The same for people."""
        return dollars_known(self.cost_micros, self.unpriced)


async def of_bead(tx: AsyncSession, bead_id: str) -> SoFar:
    """What the bead cost so far."""
    row = await repository.call_sums(tx, SYSTEM, {"bead_id": bead_id})
    return SoFar(
        int(row.cost_micros), int(row.reserved_micros), row.calls, row.unpriced,
        int(row.tokens_input) + int(row.tokens_output),
    )  # fmt: skip


async def told(
    tx: AsyncSession, bead: Bead, agent_id: str, user_id: str, settings: BudgetSettings, actor: Actor
) -> BeadCost:
    """What the bead cost and which budgets bound what it may still cost, the one with the least left first."""
    so_far = await of_bead(tx, bead.id)
    payer = Payer(bead.project_id, agent_id, user_id, bead.id)
    budgets = [one for one in await ledger.bounding(tx, payer) if _may_see(one.scope, one.scope_id, actor)]
    shown = sorted(await views.shown(tx, budgets, settings, actor), key=lambda one: one.left_micros)
    binding = shown[0] if shown else None
    done = bead.status == BeadStatus.DONE
    may = 0 if done else None if binding is None else max(0, binding.left_micros)
    return BeadCost(
        bead_id=bead.id, cost_micros=so_far.cost_micros, cost=so_far.cost, reserved_micros=so_far.reserved_micros,
        calls=so_far.calls, unpriced=so_far.unpriced, tokens=so_far.tokens, may_cost_micros=may,
        may_cost=None if may is None else dollars(may), sentence=_sentence(so_far, binding, done=done), binding=binding,
        budgets=shown,
    )  # fmt: skip


def _may_see(scope: str, scope_id: str, actor: Actor) -> bool:
    return scope != Scope.USER or scope_id == actor.id or actor.may("system:admin")


def _sentence(so_far: SoFar, binding: BudgetView | None, *, done: bool) -> str:
    known = f"It has cost {so_far.cost}" if so_far.cost_micros or not so_far.unpriced else "What it cost is not known"
    if so_far.unpriced:
        calls = "call" if so_far.unpriced == 1 else "calls"
        known += f", and {so_far.unpriced} {calls} of models without a price"
    if done:
        return f"{known}. It is done and costs nothing more."
    if binding is None:
        return f"{known}. No budget bounds what it may still cost."
    whose = {"system": "of the whole system", "bead": "of this bead"}.get(
        binding.scope, f"of the {binding.scope} {binding.scope_name}"
    )
    of = f"the budget {whose}" if binding.window == "total" else f"the {binding.window} budget {whose}"
    return f"{known}. It may still cost {dollars(max(0, binding.left_micros))}: {of} binds."
