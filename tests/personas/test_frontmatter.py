"""The head of a SKILL.md file."""

import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.errors import Invalid
from loom_app.personas.frontmatter import split

KEYS = st.text(string.ascii_lowercase + "_", min_size=1, max_size=12)
WORDS = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), max_size=30)
HEADS = st.dictionaries(KEYS, st.one_of(WORDS, st.lists(WORDS, max_size=4), st.dictionaries(KEYS, WORDS, max_size=4)))


def outcome(source: str) -> tuple[str, str]:
    """The refusal or the body, the other one empty."""
    try:
        return "", split(source, "default/x/SKILL.md")[1]
    except Invalid as error:
        return error.message, ""


@given(HEADS, WORDS)
def test_what_yaml_writes_is_read_back(head: dict[str, object], body: str) -> None:
    source = yaml.safe_dump(head, allow_unicode=True) if head else "{}\n"
    assert split(f"---\n{source}---\n{body}\n", "x") == (head, body.strip())


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for source in (text, f"---\n{text}\n---\nbody"):
        refusal, body = outcome(source)
        assert not refusal or refusal.startswith("default/x/SKILL.md")
        assert body == body.strip()


def test_scalars_stay_the_text_that_is_written() -> None:
    head, _ = split("---\nversion: 1.0\nflag: yes\nday: 2024-99-99\nnothing:\n---\nx", "x")
    assert head == {"version": "1.0", "flag": "yes", "day": "2024-99-99", "nothing": ""}


def test_windows_line_ends_and_a_byte_order_mark_are_accepted() -> None:
    assert split("\ufeff---\r\nname: a\r\n---\r\nfirst\r\nsecond\r\n", "x") == ({"name": "a"}, "first\nsecond")


def test_a_rule_in_the_body_does_not_end_it() -> None:
    assert split("---\nname: a\n---\none\n---\ntwo\n", "x")[1] == "one\n---\ntwo"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must begin with"),
        ("name: a\n", "must begin with"),
        ("---\nname: a\n", "not closed"),
        ("---\nname: [a\n---\nx", "not valid YAML"),
        ("---\nname: a\nname: b\n---\nx", "'name' stands there twice"),
        ("---\na: &x [1]\nb: *x\n---\nx", "aliases"),
        ("---\n- a\n---\nx", "keys with values"),
        ("---\n---\nx", "keys with values"),
        ("---\na: \x00\n---\nx", "not valid YAML"),
        ("---\n? [a]\n: b\n---\nx", "not valid YAML"),
        ("---\n" + "[" * 30_000 + "\n---\nx", "nested too deeply"),
    ],
)
def test_a_fault_is_named(text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        split(text, "x")


def test_tags_build_nothing() -> None:
    head, _ = split("---\nname: !!python/object/apply:os.system ['false']\n---\nx", "x")
    assert head == {"name": ["false"]}
