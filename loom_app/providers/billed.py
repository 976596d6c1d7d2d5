"""What providers themselves say that a call cost."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

MOST_DOLLARS = 10_000
"""More than this for one call is no cost but nonsense."""
TICKS_PER_MICRO = 10_000
"""Ten billion of xAI's ticks are one dollar."""


def billed(usage: Mapping[str, Any]) -> int | None:
    """The cost a usage block names, in micro-dollars rounded half up; None where it names none that makes sense.

    OpenRouter says it in dollars as `cost`, which for calls on the caller's own key at the upstream is its fee alone;
    Perplexity as `cost.total_cost`; xAI as `cost_in_usd_ticks`.
    """
    ticks = usage.get("cost_in_usd_ticks")
    if isinstance(ticks, int) and not isinstance(ticks, bool):
        return _micros(Decimal(ticks) / TICKS_PER_MICRO / 1_000_000)
    cost = usage.get("cost")
    total = _dollars(cost.get("total_cost") if isinstance(cost, Mapping) else cost)
    if total is None or usage.get("is_byok") is not True:
        return None if total is None else _micros(total)
    details = usage.get("cost_details")
    upstream = _dollars(details.get("upstream_inference_cost")) if isinstance(details, Mapping) else None
    return _micros(total + (upstream or 0))


def _micros(dollars: Decimal) -> int | None:
    if not 0 <= dollars <= MOST_DOLLARS:
        return None
    return int((dollars * 1_000_000).to_integral_value(ROUND_HALF_UP))


def _dollars(value: object) -> Decimal | None:
    """The number as it was written: the shortest decimal of a float, not its binary neighbour."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
