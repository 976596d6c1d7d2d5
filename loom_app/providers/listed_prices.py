"""Prices as providers' lists of models tell them."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from loom_app.kernel.money import LARGEST_PRICE
from loom_app.providers.rates import Rates

PER_TOKEN = {
    "input": "prompt",
    "cached_input": "input_cache_read",
    "cache_write": "input_cache_write",
    "output": "completion",
    "reasoning": "internal_reasoning",
}
"""OpenRouter and its like: dollars per token, written as texts."""
PER_MILLION = {"input": "input", "cached_input": "cached_input", "output": "output"}
"""Together and its like: dollars per million tokens, written as numbers."""
UNITS: tuple[tuple[dict[str, str], int], ...] = ((PER_TOKEN, 10**12), (PER_MILLION, 10**6))


def listed_rates(pricing: Mapping[str, Any] | None) -> Rates | None:
    """The rates a model's entry names; None where it names none, or one below 0 (it varies) or beyond all sense.

    A price of 0 beside reasoning or the cache means that these cost as what they are a part of.
    """
    for names, unit in UNITS:
        if pricing is not None and {names["input"], names["output"]} <= pricing.keys():
            return _rates({kind: _micros(pricing.get(name), unit) for kind, name in names.items()})
    return None


def _rates(found: Mapping[str, int | None]) -> Rates | None:
    given, taken = found["input"], found["output"]
    if given is None or taken is None or max(given, taken) > LARGEST_PRICE or min(given, taken) < 0:
        return None
    parts = {kind: rate for kind, rate in found.items() if rate and 0 < rate <= LARGEST_PRICE}
    cached = parts.get("cached_input")
    if cached is not None and cached > given:
        del parts["cached_input"]
    return Rates(**{**parts, "input": given, "output": taken})


def _micros(value: object, unit: int) -> int | None:
    """Micro-dollars per million tokens, half up."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
        return int((number * unit).to_integral_value(ROUND_HALF_UP)) if number.is_finite() else None
    except InvalidOperation:
        return None
