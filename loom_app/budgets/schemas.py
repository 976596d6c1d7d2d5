"""What the API takes and gives of budgets, of the ledger and of what beads cost."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from loom_app.kernel.money import dollars
from loom_app.kernel.rest import Body, Lenient, without
from loom_app.ledger.models import Budget, BudgetWindow, Call, Scope, Window
from loom_app.ledger.stops import is_stopped

MOST_MICROS = 10**15
Limit = Annotated[int, Field(ge=0, le=MOST_MICROS, description="Micro-dollars: 5000000 is five dollars.")]
Percent = Annotated[int, Field(ge=1, le=100)]
ScopeId = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class BudgetDraft(Body):
    """A budget to be set. `scope_id` names the project, agent, user or bead; the system has none."""

    scope: Annotated[Scope, Lenient]
    scope_id: ScopeId = ""
    window: Annotated[Window | None, Lenient] = None
    """daily or monthly; for beads also total, which is theirs when nothing is said."""
    limit_micros: Limit
    alert_percent: Percent = 80
    allow_unpriced: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.scope is Scope.SYSTEM and self.scope_id:
            raise ValueError("a budget of the whole system has no scope_id; leave it out")
        if self.scope is not Scope.SYSTEM and not self.scope_id:
            raise ValueError(f"scope_id is missing: the id of the {self.scope} whose budget it is")
        self.window = self.window or (Window.TOTAL if self.scope is Scope.BEAD else Window.MONTHLY)
        if self.window is Window.TOTAL and self.scope is not Scope.BEAD:
            raise ValueError("only a bead has a budget for its whole life; take daily or monthly")
        return self


class BudgetChange(Body):
    """What of a budget is to change; what is left out stays. Scope and window stay what they are."""

    limit_micros: Limit | None = None
    alert_percent: Percent | None = None
    allow_unpriced: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, BudgetView.model_fields.keys() - cls.model_fields.keys())


class Forecast(BaseModel):
    """How long a budget lasts when everything goes on as it did. `ends_at` is when it is used up, None when it lasts.

    `method` says what was reckoned from what.
    """

    sentence: str
    method: str
    ends_at: datetime | None = None
    micros_per_day: int | None = None
    calls_left: int | None = None


class BudgetView(BaseModel):
    """A budget with what is used of it in its present window. Amounts are micro-dollars."""

    id: str
    scope: str
    scope_id: str
    scope_name: str
    project_id: str | None
    window: str
    limit_micros: int
    alert_percent: int
    allow_unpriced: bool
    is_default: bool = Field(description="It comes from the settings and follows them until somebody changes it.")
    used_micros: int
    reserved_micros: int = Field(description="Set aside for calls under way.")
    left_micros: int
    used: str
    left: str
    limit: str
    unpriced_calls: int = Field(description="Calls in this window whose cost nobody knows.")
    starts_at: datetime
    ends_at: datetime | None
    alerted_at: datetime | None
    stopped_at: datetime | None = Field(description="Since when a call has not fitted under it.")
    decision_id: str | None
    may_change: bool
    forecast: Forecast | None = Field(description="None while too little is known.")
    created_by: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(
        cls, budget: Budget, window: BudgetWindow, *, name: str, may_change: bool, forecast: Forecast | None
    ) -> "BudgetView":
        """The view of a budget and its present window."""
        left = budget.limit_micros - window.used_micros - window.reserved_micros
        stopped = is_stopped(budget, window)
        own = {field: getattr(budget, field) for field in cls.model_fields if hasattr(budget, field)}
        return cls(**own | {
            "scope_name": name, "project_id": budget.project_id or None, "may_change": may_change,
            "forecast": forecast, "used_micros": window.used_micros, "reserved_micros": window.reserved_micros,
            "left_micros": left, "used": dollars(window.used_micros), "left": dollars(left),
            "limit": dollars(budget.limit_micros), "unpriced_calls": window.unpriced_calls,
            "starts_at": window.starts_at, "ends_at": None if budget.window == Window.TOTAL else window.ends_at,
            "alerted_at": window.alerted_at, "stopped_at": window.stopped_at if stopped else None,
            "decision_id": (window.decision_id or None) if stopped else None,
        })  # fmt: skip


class CallTokens(BaseModel):
    """Tokens by kind: cached and cache_write are parts of the input, reasoning is a part of the output."""

    input: int
    cached: int
    cache_write: int
    output: int
    reasoning: int


class CallView(BaseModel):
    """One call to a model. `cost_micros` is None while it is not settled, and where the model has no price."""

    id: str
    purpose: str
    status: str
    at: datetime
    settled_at: datetime | None
    project_id: str
    agent_id: str
    user_id: str
    bead_id: str
    run_id: str
    turn: int | None
    provider_id: str
    model: str
    answered_by: str
    tokens: CallTokens
    estimated: bool
    rates: dict[str, int | None]
    reserved_micros: int | None
    cost_micros: int | None
    cost: str
    request_id: str
    note: str

    @classmethod
    def of(cls, row: Call) -> "CallView":
        """The view of a row."""
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        tokens = CallTokens(**{name: getattr(row, f"tokens_{name}") for name in CallTokens.model_fields})
        cost = dollars(row.cost_micros) if row.status == "settled" else "–"
        return cls(**own, tokens=tokens, cost=cost)


class Sums(BaseModel):
    """Sums of calls. `unpriced` is how many of them cost nobody knows what."""

    calls: int
    cost_micros: int
    cost: str
    unpriced: int
    tokens_input: int
    tokens_cached: int
    tokens_output: int
    tokens_reasoning: int


class LedgerPage(BaseModel):
    """Calls, the newest first; `total` and `sums` are of all that match."""

    calls: list[CallView]
    total: int
    sums: Sums


class BeadCost(BaseModel):
    """What a bead cost and what it may still cost. `binding` is the budget that has the least left."""

    bead_id: str
    cost_micros: int
    cost: str
    reserved_micros: int
    calls: int
    unpriced: int
    tokens: int
    may_cost_micros: int | None = Field(description="None where no budget bounds it.")
    may_cost: str | None
    sentence: str
    binding: BudgetView | None
    budgets: list[BudgetView]
