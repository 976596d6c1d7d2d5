"""Tokens as providers report them, and what they cost: on recorded answers, and for every answer there can be."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.money import LARGEST_PRICE, dollars, dollars_known
from loom_app.providers.chat import ChatRequest, Usage
from loom_app.providers.rates import KINDS, UNPRICED, Rates, cost, input_bound, most
from loom_app.providers.reply import ReplyBuilder
from loom_app.providers.usage import estimated_usage, reported_usage

PAYLOADS = sorted((Path(__file__).parents[1] / "data" / "usage").glob("*.json"))
rates_known = st.builds(
    Rates,
    input=st.integers(0, LARGEST_PRICE),
    cached_input=st.none() | st.integers(0, LARGEST_PRICE),
    cache_write=st.none() | st.integers(0, LARGEST_PRICE),
    output=st.integers(0, LARGEST_PRICE),
    reasoning=st.none() | st.integers(0, LARGEST_PRICE),
)
counts = st.integers(0, 1_000_000)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
names = st.sampled_from(
    [
        "prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens", "cached_tokens",
        "prompt_tokens_details", "completion_tokens_details", "reasoning_tokens", "cache_read_input_tokens",
        "cache_creation_input_tokens", "cost", "is_byok", "cost_details", "cost_in_usd_ticks", "total_cost",
    ]
)  # fmt: skip


def usage_of(payload: dict[str, Any]) -> Usage | None:
    """What Loom reads from a recorded answer, stream or usage."""
    if "usage" in payload:
        return reported_usage(payload["usage"])
    reply = ReplyBuilder("host")
    if "answer" in payload:
        reply.whole(payload["answer"])
    for event in payload.get("events", ()):
        reply.event(event)
    return reply.usage


def test_many_dialects_are_recorded() -> None:
    assert len(PAYLOADS) >= 40


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_a_recorded_answer_costs_what_was_reckoned_by_hand(path: Path) -> None:
    payload = json.loads(path.read_text())
    usage = usage_of(payload)
    tokens = payload["tokens"]
    found = None if usage is None else {name: getattr(usage, name) for name in KINDS}
    assert found == tokens, payload["about"]
    model = payload.get("answer", {}).get("model", "")
    assert cost(usage, Rates(**payload["rates"]), model) == payload["cost_micros"], payload["about"]


@pytest.mark.parametrize("block", [None, {}, [1], "x", 3, {"tokens": 5}])
def test_what_is_no_usage_is_none(block: object) -> None:
    assert reported_usage(block) is None


@given(st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6)))
def test_whatever_is_reported_is_read_as_counts_that_fit_together(block: object) -> None:
    usage = reported_usage(block)
    if usage is not None:
        assert 0 <= usage.cached_input + usage.cache_write <= usage.input < 2**31
        assert 0 <= usage.reasoning <= usage.output < 2**31
        assert usage.total > 0
        assert usage.billed is None or 0 <= usage.billed <= 10_000 * 1_000_000


def test_estimates_four_characters_a_token_rounded_up() -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "12345"}, {"role": "assistant", "content": None}]
    assert estimated_usage(messages, 9) == Usage(input=2, output=3)


@given(counts, counts, counts, counts, counts, rates_known)
def test_the_sum_of_its_parts_and_no_drift(
    fresh: int, cached: int, written: int, spoken: int, thought: int, rates: Rates
) -> None:
    whole = Usage(fresh + cached + written, cached, spoken + thought, thought, written)
    parts = [Usage(fresh), Usage(cached, cached), Usage(written, 0, 0, 0, written), Usage(0, 0, spoken)]
    parts.append(Usage(0, 0, thought, thought))
    total, apart = cost(whole, rates), [cost(part, rates) for part in parts]
    assert total is not None
    assert abs(total - sum(part or 0 for part in apart)) <= len(parts) / 2 + 0.5


@given(counts, counts, rates_known, st.integers(1, 1000))
def test_more_tokens_never_cost_less(given_: int, taken: int, rates: Rates, more: int) -> None:
    before = cost(Usage(given_, 0, taken), rates)
    assert before is not None
    assert before >= 0
    assert (cost(Usage(given_ + more, 0, taken), rates) or 0) >= before
    assert (cost(Usage(given_, 0, taken + more), rates) or 0) >= before


@given(st.lists(st.text(max_size=80), max_size=4), st.integers(1, 5000), rates_known, st.data())
def test_nothing_that_fits_the_request_costs_more_than_its_largest_cost(
    texts: list[str], room: int, rates: Rates, data: st.DataObject
) -> None:
    request = ChatRequest("m", [{"role": "user", "content": text} for text in texts], max_tokens=room)
    bound = most(request, [rates], None)
    given_ = data.draw(st.integers(0, input_bound(request)))
    cached = data.draw(st.integers(0, given_))
    written = data.draw(st.integers(0, given_ - cached))
    taken = data.draw(st.integers(0, room))
    usage = Usage(given_, cached, taken, data.draw(st.integers(0, taken)), written)
    assert bound is not None
    assert (cost(usage, rates) or 0) <= bound


def test_the_largest_cost_is_that_of_the_dearest_model_and_unknown_with_one_unpriced() -> None:
    request = ChatRequest("m", [{"role": "user", "content": "hello"}], max_tokens=10)
    cheap, dear = Rates(input=1_000_000, output=1_000_000), Rates(input=2_000_000, output=9_000_000)
    assert most(request, [cheap, dear], None) == most(request, [dear], None)
    assert most(request, [cheap, UNPRICED], None) is None
    assert most(request, [], None) is None
    bounded = most(request, [cheap], 4)
    assert bounded == 8


def test_an_unpriced_cost_is_shown_as_such() -> None:
    assert dollars(cost(Usage(5, 0, 5), UNPRICED)) == "unpriced"
    assert cost(Usage(5, 0, 5, billed=0), UNPRICED) is None, "a router bills nothing for what it has no price of"
    assert cost(Usage(5, 0, 5, billed=7), UNPRICED) == 7
    assert (dollars_known(0, 2), dollars_known(0, 0), dollars_known(7, 2)) == ("unpriced", "$0.00", "$0.000007")
    assert cost(Usage(5), Rates(input=1_000_000)) == 5
    assert cost(None, Rates(input=1, output=1)) is None
