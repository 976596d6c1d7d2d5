"""Tokens and money: reading what providers report, estimating what they do not, and pricing both."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from loom_app.kernel.money import TOKENS_PER_PRICE, Micros
from loom_app.providers.chat import Message, Usage
from loom_app.providers.models import Provider

CHARACTERS_PER_TOKEN = 4


def reported_usage(block: object) -> Usage | None:
    """The usage block of an OpenAI-style answer, or None when it holds no counts.

    Some providers count reasoning inside completion_tokens, others beside it, and some show it in total_tokens only;
    the total tells which, so that `output` always holds everything billed as output.
    """
    if not isinstance(block, Mapping) or not {"prompt_tokens", "completion_tokens"} & block.keys():
        return None
    prompt, completion = _count(block, "prompt_tokens"), _count(block, "completion_tokens")
    reasoning = _count(_mapping(block.get("completion_tokens_details")), "reasoning_tokens")
    cached = _count(_mapping(block.get("prompt_tokens_details")), "cached_tokens") or _count(
        block, "prompt_cache_hit_tokens"
    )
    beside = _count(block, "total_tokens") - prompt - completion
    if beside > 0 and reasoning in (0, beside):
        completion, reasoning = completion + beside, beside
    return Usage(prompt, min(cached, prompt), completion, min(reasoning, completion))


def estimated_usage(messages: Sequence[Message], answer_characters: int) -> Usage:
    """A guess at four characters a token, for providers that report nothing."""
    asked = sum(len(str(message.get("content") or "")) for message in messages)
    return Usage(input=_tokens(asked), output=_tokens(answer_characters))


def cost(usage: Usage | None, provider: Provider) -> Micros | None:
    """What `usage` costs at the provider's prices, rounded once; None when a price that is needed is not known.

    Cached input without a price of its own costs as input, reasoning without one as output.
    """
    if usage is None:
        return None
    cached_price = provider.price_input if provider.price_cached_input is None else provider.price_cached_input
    reasoning_price = provider.price_output if provider.price_reasoning is None else provider.price_reasoning
    parts = (
        (usage.input - usage.cached_input, provider.price_input),
        (usage.cached_input, cached_price),
        (usage.output - usage.reasoning, provider.price_output),
        (usage.reasoning, reasoning_price),
    )
    total = 0
    for tokens, price in parts:
        if price is None and tokens:
            return None
        total += tokens * (price or 0)
    if provider.price_input is None and provider.price_output is None:
        return None
    return Micros((total + TOKENS_PER_PRICE // 2) // TOKENS_PER_PRICE)


def _tokens(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_TOKEN)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(block: Mapping[str, Any], name: str) -> int:
    value = block.get(name)
    return max(0, int(value)) if isinstance(value, int | float) and isfinite(value) else 0
