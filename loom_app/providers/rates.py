"""What a model costs: the rates of its kinds of tokens, what a call costs at them, and what it can cost at the most."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self
from unicodedata import normalize

from loom_app.kernel.money import Micros, rounded
from loom_app.providers.chat import ChatRequest, Usage

KINDS = ("input", "cached_input", "cache_write", "output", "reasoning")
TOKENS_PER_MESSAGE = 16
"""At most so many tokens stand around a message's text: its role and the marks of its beginning and end."""
TOKENS_OF_TOOLS = 1_000
"""At most so many tokens a provider puts around tools to tell its model how to call them."""
FREE = ":free"
"""What routers put behind the name of a model that costs nothing."""
UNBOUNDED_OUTPUT = 128_000
"""Taken for the longest answer where neither the request nor the model's context says one."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Micro-dollars per million tokens; None is unknown, 0 is free.

    Cached input and what is written into the cache cost as input where they have no rate of their own, reasoning costs
    as output.
    """

    input: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None

    @classmethod
    def of(cls, row: Any) -> Self:
        """The rates of a row with columns `price_<kind>`."""
        return cls(**{kind: getattr(row, f"price_{kind}") for kind in KINDS})

    @property
    def known(self) -> bool:
        """Whether a call of any kind can be priced."""
        return self.input is not None and self.output is not None

    def as_json(self) -> dict[str, int | None]:
        """By kind."""
        return asdict(self)


UNPRICED = Rates()


def cost(usage: Usage | None, rates: Rates, model: str = "") -> Micros | None:
    """What `usage` cost, rounded once; None when a rate that is needed is not known.

    What the provider says it billed counts before the rates. A bill of nothing does so only of a `model` that is free
    by its name: routers bill nothing, too, for models whose price they do not know.
    """
    if usage is None:
        return None
    if usage.billed:
        return Micros(usage.billed)
    reckoned = _reckoned(usage, rates)
    return Micros(0) if reckoned is None and usage.billed == 0 and model.endswith(FREE) else reckoned


def most(request: ChatRequest, rates: Sequence[Rates], context_window: int | None) -> Micros | None:
    """The largest cost of `request` at the dearest of `rates`; None when one of them is not known.

    A token is at least one byte of text, so the text's bytes bound the tokens of the input; the context of the model
    bounds them too.
    """
    if not rates or not all(rate.known for rate in rates):
        return None
    given = input_bound(request)
    taken = request.max_tokens or UNBOUNDED_OUTPUT
    if context_window:
        given, taken = min(given, context_window), min(taken, context_window)
    return max(rounded(given * _dearest(rate, KINDS[:3]) + taken * _dearest(rate, KINDS[3:])) for rate in rates)


def input_bound(request: ChatRequest) -> int:
    """More tokens than the input of `request` can have."""
    around = TOKENS_PER_MESSAGE * (len(request.messages) + 1) + (TOKENS_OF_TOOLS if request.tools else 0)
    asked = [request.response_schema, *request.tools]
    beside = sum(_bytes(part) for part in asked if part is not None)
    return around + beside + sum(_bytes(value) for message in request.messages for value in message.values())


def _bytes(value: object) -> int:
    """Tokenizers take texts as they are or as compatible characters, of which there can be more."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if text.isascii():
        return len(text)
    return max(len(form.encode("utf-8", "replace")) for form in (text, normalize("NFKC", text)))


def _dearest(rates: Rates, kinds: Sequence[str]) -> int:
    return max(getattr(rates, kind) or 0 for kind in kinds)


def _reckoned(usage: Usage, rates: Rates) -> Micros | None:
    if rates.input is None and rates.output is None:
        return None
    parts = (
        (usage.input - usage.cached_input - usage.cache_write, rates.input),
        (usage.cached_input, rates.input if rates.cached_input is None else rates.cached_input),
        (usage.cache_write, rates.input if rates.cache_write is None else rates.cache_write),
        (usage.output - usage.reasoning, rates.output),
        (usage.reasoning, rates.output if rates.reasoning is None else rates.reasoning),
    )
    if any(rate is None and tokens for tokens, rate in parts):
        return None
    return rounded(sum(tokens * (rate or 0) for tokens, rate in parts))
