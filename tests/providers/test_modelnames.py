"""What models' names tell, over names as providers really give them, and which of them are the same model."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.providers.modelnames import ModelSpec, parse, same_model

NAMES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "model_names.json").read_text())
FIELDS = [name for name in ModelSpec.__dataclass_fields__ if name != "name"]
NOTHING = ModelSpec("")
KNOWN = st.sampled_from([row["name"] for row in NAMES])


@pytest.mark.parametrize("row", NAMES, ids=lambda row: row["name"])
def test_what_a_name_tells(row: dict[str, Any]) -> None:
    """What the row leaves out is not told by the name."""
    spec = parse(row["name"])
    assert {name: getattr(spec, name) for name in FIELDS} == {
        name: row.get(name, getattr(NOTHING, name)) for name in FIELDS
    }


def test_there_are_enough_names_and_none_twice() -> None:
    assert len({row["name"] for row in NAMES}) == len(NAMES) >= 150


@given(KNOWN, st.sampled_from([str.upper, str.lower, str.title, lambda name: f"  {name} "]))
def test_large_and_small_letters_and_blanks_make_no_difference(name: str, written: Any) -> None:
    one, other = parse(name), parse(written(name))
    assert {field: getattr(one, field) for field in FIELDS} == {field: getattr(other, field) for field in FIELDS}


@given(KNOWN, st.sampled_from(["openrouter/", "some-org/", "a/b/", "/models/", "C:\\models\\"]))
def test_a_folder_before_the_name_makes_no_difference(name: str, folder: str) -> None:
    one, other = parse(name), parse(folder + name)
    assert {field: getattr(one, field) for field in FIELDS} == {field: getattr(other, field) for field in FIELDS}
    assert same_model(name, folder + name)


@given(st.text(max_size=400))
def test_any_text_can_be_asked_about(text: str) -> None:
    spec = parse(text)
    assert spec.name == text
    assert spec.total_params_b is None or spec.total_params_b >= 0
    assert same_model(text, text)


@given(
    st.integers(1, 999), st.integers(1, 99), st.sampled_from(["", "-Instruct", "-Chat"]),
    st.sampled_from(
        [("", ""), ("-FP8", "fp8"), ("-GPTQ-Int8", "int8"), ("-AWQ", "int4"), ("-Q5_K_M", "int5"), ("-BF16", "bf16")]
    ),
)  # fmt: skip
def test_sizes_and_precision_are_found_wherever_they_stand(
    total: int, active: int, tuned: str, precision: tuple[str, str]
) -> None:
    spec = parse(f"Acme-{total}B-A{active}B{tuned}{precision[0]}")
    assert spec.total_params_b == total
    assert spec.active_params_b == (active if active <= total else total)
    assert (spec.instruct, spec.precision) == (bool(tuned), precision[1])


@given(st.integers(2, 64), st.integers(1, 70))
def test_experts_are_multiplied(experts: int, each: int) -> None:
    spec = parse(f"acme-{experts}x{each}b-instruct")
    assert (spec.total_params_b, spec.active_params_b, spec.is_moe) == (experts * each, 2 * each, experts != 2)


@pytest.mark.parametrize(
    ("asked", "answered", "same"),
    [
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-08-06", False),
        ("gpt-4o", "gpt-4o-mini", False),
        ("gpt-4", "gpt-4-0613", True),
        ("gpt-4", "gpt-4-turbo", False),
        ("anthropic/claude-3.5-sonnet", "claude-3-5-sonnet-20241022", True),
        ("anthropic/claude-sonnet-4-20250514", "claude-sonnet-4-20250514", True),
        ("mistral-large-latest", "mistral-large-2411", True),
        ("gemini-2.5-pro", "models/gemini-2.5-pro-preview-05-06", True),
        ("llama3", "llama3:latest", True),
        ("llama3:8b", "llama3:70b", False),
        ("deepseek/deepseek-chat:free", "deepseek/deepseek-chat", True),
        ("Org/Model-7B", "model-7b", True),
        ("meta-llama/Llama-3.1-8B-Instruct", "Llama-3.1-8B-Instruct-FP8", False),
        ("test-model", "SmolLM2-135M-Instruct.Q4_1.gguf", False),
        ("", "anything", True),
        ("auto", "gpt-4o", True),
        ("*", "gpt-4o", True),
        ("gpt-4o", "", True),
    ],
)
def test_which_names_mean_the_same_model(asked: str, answered: str, same: bool) -> None:
    assert same_model(asked, answered) is same
