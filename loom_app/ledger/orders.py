"""What is asked of the ledger and what it says: who pays for what, tokens that were used, refusals."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from loom_app.kernel.clock import rfc3339
from loom_app.kernel.errors import Conflict
from loom_app.kernel.money import dollars
from loom_app.ledger.models import Budget, BudgetWindow, Scope, Window


@dataclass(frozen=True, slots=True)
class Payer:
    """Whom a call is made for. What is empty has no part in it; a system budget bounds every call."""

    project_id: str = ""
    agent_id: str = ""
    user_id: str = ""
    bead_id: str = ""
    run_id: str = ""
    turn: int | None = None

    def scopes(self) -> dict[str, str]:
        """The scopes whose budgets bound the call, with the id of each."""
        named = {
            Scope.PROJECT: self.project_id,
            Scope.AGENT: self.agent_id,
            Scope.USER: self.user_id,
            Scope.BEAD: self.bead_id,
        }
        return {Scope.SYSTEM.value: ""} | {scope.value: name for scope, name in named.items() if name}


@dataclass(frozen=True, slots=True)
class Order:
    """The call that is to be made. `most_micros` is the largest cost it can have, None when the model has no price."""

    provider_id: str
    model: str
    most_micros: int | None
    purpose: str
    within_seconds: float
    """How long the answer may take; afterwards the reservation is let go."""


class Tokens(NamedTuple):
    """What a call used. Cached and written are parts of the input, reasoning is a part of the output."""

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0


class Refused(Conflict):
    """A budget does not let the call be made. `budget_id` names it."""

    def __init__(self, message: str, budget: Budget, *, code: str, **extra: Any) -> None:
        super().__init__(
            message, code=code, budget_id=budget.id, scope=budget.scope, scope_id=budget.scope_id,
            window=budget.window, limit_micros=budget.limit_micros, **extra,
        )  # fmt: skip
        self.budget = Budget(**budget.model_dump())  # the refused transaction takes its own rows with it


class BudgetReached(Refused):
    """The largest possible cost does not fit under the limit. `passing` when it would, were nobody else calling now."""

    def __init__(self, budget: Budget, window: BudgetWindow, wanted: int) -> None:
        self.passing = window.used_micros + wanted <= budget.limit_micros
        self.wanted = wanted
        held = f" and {dollars(window.reserved_micros)} reserved for calls under way" if window.reserved_micros else ""
        until = {} if budget.window == Window.TOTAL else {"ends_at": rfc3339(window.ends_at)}
        super().__init__(
            f"The next call may cost up to {dollars(wanted)}, and {words(budget)} has "
            f"{dollars(window.used_micros)} of {dollars(budget.limit_micros)} used{held}.",
            budget,
            code="budget_reached",
            used_micros=window.used_micros,
            reserved_micros=window.reserved_micros,
            wanted_micros=wanted,
            **until,
        )


class BudgetStopped(Refused):
    """A call did not fit under the budget before; until that changes no work is begun that it bounds."""

    def __init__(self, budget: Budget, window: BudgetWindow) -> None:
        until = "" if budget.window == Window.TOTAL else f" It begins anew at {rfc3339(window.ends_at)}."
        asked = f" What is to be done is asked in {window.decision_id}." if window.decision_id else ""
        super().__init__(
            f"{_begin(words(budget))} is used up: {dollars(window.used_micros)} of {dollars(budget.limit_micros)} are "
            f"spent, and new work waits.{until}{asked}",
            budget,
            code="budget_reached",
            used_micros=window.used_micros,
        )


class ModelUnpriced(Refused):
    """The model has no price, so that nobody knows what the call would cost, and the budget takes no such calls."""

    def __init__(self, budget: Budget, model: str) -> None:
        self.model = model
        super().__init__(
            f"The model {model or 'that the provider chooses'} has no price, and {words(budget)} takes only calls "
            "whose cost is known. Give the model a price, or allow calls without one in the budget.",
            budget,
            code="model_unpriced",
        )


OF = {
    Scope.SYSTEM: "of the whole system",
    Scope.PROJECT: "of the project {}",
    Scope.AGENT: "of the agent {}",
    Scope.USER: "of the user {}",
    Scope.BEAD: "of the bead {}",
}


def words(budget: Budget) -> str:
    """What the budget is called in a sentence."""
    of = OF[Scope(budget.scope)].format(budget.scope_id)
    return f"the budget {of}" if budget.window == Window.TOTAL else f"the {budget.window} budget {of}"


def _begin(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
