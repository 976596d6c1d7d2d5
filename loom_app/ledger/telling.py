"""What the present request has cost so far, for the answer to say."""

from contextvars import ContextVar

_costs: ContextVar[list[int | None] | None] = ContextVar("loom_costs", default=None)


def begin_costs() -> list[int | None]:
    """A list that the costs of the calls made from here on are added to, for this task and those it starts."""
    costs: list[int | None] = []
    _costs.set(costs)
    return costs


def note_cost(cost_micros: int | None) -> None:
    """Adds the cost of one call, None for one without a price, where somebody wants to know."""
    costs = _costs.get()
    if costs is not None:
        costs.append(cost_micros)
