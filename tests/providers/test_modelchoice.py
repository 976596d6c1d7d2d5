"""Which model is chosen for which work, and that the reasons add up."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.providers.chat import ModelInfo
from loom_app.providers.modelchoice import ROLES, Complexity, Need, card, choose, least_memory_gb, score
from loom_app.providers.modelnames import parse

NAMES = [row["name"] for row in json.loads((Path(__file__).parent / "data" / "model_names.json").read_text())]
OFFERED = st.lists(st.sampled_from(NAMES), unique=True, max_size=30)
NEEDS = st.builds(Need, st.sampled_from(Complexity), st.booleans())


def best(*names: str, need: Need | None = None) -> str | None:
    return choose([ModelInfo(name) for name in names], need).model


@given(OFFERED, NEEDS)
def test_the_choice_is_the_best_that_can_be_talked_with_and_its_parts_add_up(names: list[str], need: Need) -> None:
    found = choose([ModelInfo(name) for name in names], need)
    able = [one for one in found.scored if one.eligible]
    assert len(found.scored) == len(names)
    assert found.model == (able[0].spec.name if able else None)
    assert [one.score for one in able] == sorted((one.score for one in able), reverse=True)
    for one in found.scored:
        assert one.score == pytest.approx(sum(part.points for part in one.parts), abs=0.06)
        assert all(part.why for part in one.parts)
    assert found.why.endswith(".")
    if found.model:
        assert found.model in found.why


@given(OFFERED, NEEDS, st.randoms())
def test_the_order_of_the_list_decides_nothing_but_ties(names: list[str], need: Need, chance: object) -> None:
    other = sorted(names)
    one, two = (choose([ModelInfo(name) for name in order], need) for order in (names, other))
    assert one.score == two.score


def test_nothing_on_offer_and_nothing_to_talk_with_are_said() -> None:
    assert choose([]).why == "The provider offers no models."
    assert choose([ModelInfo("text-embedding-3-large")]).why == "The provider offers no model to talk with."
    assert choose([ModelInfo("only-one")]).why == "only-one is the only model on offer that can be talked with."


def test_hard_work_gets_larger_models_and_simple_work_quick_ones() -> None:
    names = ("qwen2.5:3b-instruct", "qwen2.5:14b-instruct", "qwen2.5:32b-instruct", "qwen2.5:72b-instruct")
    chosen = [best(*names, need=Need(complexity, code=False)) for complexity in Complexity]
    assert chosen == list(names)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("Qwen2.5-32B-Instruct", "Qwen2.5-Coder-32B-Instruct"), "Qwen2.5-Coder-32B-Instruct"),
        (("Qwen/Qwen2.5-72B", "Qwen/Qwen2.5-72B-Instruct"), "Qwen/Qwen2.5-72B-Instruct"),
        (("gpt-4o-mini", "gpt-4o", "dall-e-3", "whisper-1"), "gpt-4o"),
        (("claude-3-haiku-20240307", "claude-sonnet-4-20250514"), "claude-sonnet-4-20250514"),
        (("meta-llama/Llama-Guard-3-8B", "meta-llama/Llama-3.1-8B-Instruct"), "meta-llama/Llama-3.1-8B-Instruct"),
        (("CodeLlama-34b-Instruct-hf", "Qwen3-32B"), "Qwen3-32B"),
        (("first", "second"), "first"),
        (("Qwen3-32B-IQ2_XXS.gguf", "Qwen3-32B-Q4_K_M.gguf"), "Qwen3-32B-Q4_K_M.gguf"),
    ],
)  # fmt: skip
def test_choices_people_would_make(names: tuple[str, ...], wanted: str) -> None:
    assert best(*names) == wanted


def test_a_short_context_costs() -> None:
    long, short = (score(ModelInfo("Qwen3-32B", tokens), Need()) for tokens in (131_072, 4_096))
    assert long.score - short.score == 20
    assert "a context of 4,096 tokens is short" in [part.why for part in short.parts]


def test_a_role_has_its_own_need_and_may_be_given_another() -> None:
    assert Need.of("housekeeping-bot") == Need(Complexity.SIMPLE, code=False)
    assert Need.of("cto", Complexity.SIMPLE) == Need(Complexity.SIMPLE, code=True)
    assert Need.of("nobody-knows") == Need()
    assert len(ROLES) == 15


@pytest.mark.parametrize(
    ("name", "memory", "cards"),
    [
        ("Llama-3.1-8B-Instruct", 19.2, "24 GB"),
        ("Llama-3.1-8B-Instruct-Q4_K_M.gguf", 4.8, "8 GB"),
        ("Llama-3.1-70B-Instruct-FP8", 84.0, "several 80 GB"),
        ("gpt-4o", None, ""),
        ("Kimi-K2-Instruct", 2400.0, "a cluster"),
    ],
)
def test_what_the_weights_take(name: str, memory: float | None, cards: str) -> None:
    assert (least_memory_gb(parse(name)), card(parse(name))) == (memory, cards)
