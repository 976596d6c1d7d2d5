"""Tokens as providers report them, and what they cost."""

from typing import Any

import pytest

from loom_app.kernel.money import Micros
from loom_app.providers.chat import Usage
from loom_app.providers.models import Provider
from loom_app.providers.usage import cost, estimated_usage, reported_usage

OPENAI = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 192, "accepted_prediction_tokens": 0},
}
XAI = {
    "prompt_tokens": 32,
    "completion_tokens": 9,
    "total_tokens": 135,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 94},
}


@pytest.mark.parametrize(
    ("block", "usage"),
    [
        (OPENAI, Usage(2006, 1920, 300, 192)),
        (XAI, Usage(32, 8, 103, 94)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 40}, Usage(10, 0, 30, 25)),
        ({"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}, Usage(7, 0, 3, 0)),
        ({"prompt_tokens": 7, "completion_tokens": 3}, Usage(7, 0, 3, 0)),
        ({"prompt_tokens": 7}, Usage(7, 0, 0, 0)),
        ({"prompt_tokens": 50, "completion_tokens": 1, "prompt_cache_hit_tokens": 40}, Usage(50, 40, 1, 0)),
        ({"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": None}, Usage(5, 0, 1, 0)),
        (
            {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 99}},
            Usage(5, 5, 1, 0),
        ),
        ({"prompt_tokens": -5, "completion_tokens": "x"}, Usage(0, 0, 0, 0)),
        ({"prompt_tokens": float("nan"), "completion_tokens": float("inf")}, Usage(0, 0, 0, 0)),
        (None, None),
        ({}, None),
        ({"total_tokens": 5}, None),
        ([1], None),
    ],
)
def test_reads_what_is_reported(block: Any, usage: Usage | None) -> None:
    assert reported_usage(block) == usage


def test_estimates_four_characters_a_token_rounded_up() -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "12345"}, {"role": "assistant", "content": None}]
    assert estimated_usage(messages, 9) == Usage(input=2, output=3)


def provider(**prices: Any) -> Provider:
    return Provider(id="p", name="p", endpoint="http://h/v1", **prices)


@pytest.mark.parametrize(
    ("usage", "prices", "micros"),
    [
        (Usage(1_000_000, 0, 0), {"price_input": 3_000_000, "price_output": 15_000_000}, 3_000_000),
        (Usage(1000, 0, 1000), {"price_input": 3_000_000, "price_output": 15_000_000}, 18_000),
        (
            Usage(1000, 900, 100),
            {"price_input": 3_000_000, "price_cached_input": 300_000, "price_output": 15_000_000},
            300 + 270 + 1500,
        ),
        (Usage(1000, 900, 100), {"price_input": 3_000_000, "price_output": 15_000_000}, 3000 + 1500),
        (
            Usage(0, 0, 100, 40),
            {"price_input": 1, "price_output": 10_000_000, "price_reasoning": 5_000_000},
            600 + 200,
        ),
        (Usage(1, 0, 1), {"price_input": 250_000, "price_output": 250_000}, 1),
        (Usage(1, 0, 0), {"price_input": 499_999, "price_output": 0}, 0),
        (Usage(5, 0, 5), {"price_input": 0, "price_output": 0}, 0),
        (Usage(5, 0, 5), {}, None),
        (Usage(5, 0, 5), {"price_input": 1_000_000}, None),
        (Usage(5, 0, 0), {"price_input": 1_000_000}, 5),
        (Usage(0, 0, 0), {}, None),
        (None, {"price_input": 1, "price_output": 1}, None),
    ],
)
def test_prices_to_the_micro_dollar(usage: Usage | None, prices: dict[str, int], micros: int | None) -> None:
    assert cost(usage, provider(**prices)) == (None if micros is None else Micros(micros))
