"""The language is read whole or told what is wrong with it; nothing else in a text is touched."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loom_app.temporal_language import durations
from loom_app.temporal_language.grammar import FORMS, MOST, OF_A_WORKFLOW, SHAPES, Form, Instruction, Kind
from loom_app.temporal_language.parser import parse, render
from loom_app.temporal_language.replies import heard

SECOND = durations.SECOND


def block(*lines: str) -> str:
    """A block of these lines."""
    return "\n".join(("<temporal>", *lines, "</temporal>"))


EVERY_KIND = block(
    "WORKFLOW: ScheduledBead",
    '  INPUT: {"title": "x"}',
    "  TIMEOUT: 10m",
    "  RETRY: 3",
    "  WAIT: true",
    "  PRIORITY: 2",
    '  IDEMPOTENCY_KEY: "once a day"',
    "END",
    "SCHEDULE: SEND-PENDING-EndOfDay",
    "\tINTERVAL: 1h30m",
    "\tTYPE: NightlyCheck",
    "END",
    "",
    "QUERY: task-workflow-123",
    "  TYPE: get_status",
    "END",
    "SIGNAL: approval-wf-789",
    "  NAME: now",
    '  DATA: {"amount":50000}',
    "END",
    "ACTIVITY: BeadStatus",
    '  INPUT: {"bead_id": "a"}',
    "  TIMEOUT: 30s",
    "END",
    "CANCEL: long-running-task-123",
    "  RUN_ID: r-1",
    "END",
    "LIST",
    "END",
    "LIST:",
    "END",
)


def test_every_kind_of_instruction_is_read_with_its_keys() -> None:
    found = parse(EVERY_KIND)
    assert found.faults == []
    assert [each.kind for each in found.instructions] == [*Kind, Kind.LIST]
    workflow, schedule, query, signal, _, cancel, *_ = found.instructions
    assert workflow.keys == {
        "INPUT": {"title": "x"},
        "TIMEOUT": 600 * SECOND,
        "RETRY": 3,
        "WAIT": True,
        "PRIORITY": 2,
        "IDEMPOTENCY_KEY": "once a day",
    }
    assert (schedule.name, schedule.keys["INTERVAL"]) == ("SEND-PENDING-EndOfDay", 5_400 * SECOND)
    assert (query.name, query.keys) == ("task-workflow-123", {"TYPE": "get_status"})
    assert signal.keys == {"NAME": "now", "DATA": {"amount": 50000}}
    assert cancel.keys == {"RUN_ID": "r-1"}
    assert (schedule.line, schedule.column) == (10, 1)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_and_blanks_of_any_kind(newline: str) -> None:
    text = block("  workflow :  Prüfung ", "\tInput: {", '    "a": [1,', "  2]", "  }  ", "", "  end  ").replace(
        "\n", newline
    )
    (found,) = parse(text).instructions
    assert (found.kind, found.name, found.keys) == (Kind.WORKFLOW, "Prüfung", {"INPUT": {"a": [1, 2]}})


@pytest.mark.parametrize(
    "text", ["<temporal>LIST</temporal>", "<TEMPORAL>\nLIST\n</Temporal>", "a <temporal> LIST: </temporal> b"]
)
def test_a_bare_list_needs_no_end(text: str) -> None:
    assert [each.kind for each in parse(text).instructions] == [Kind.LIST]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("30s", 30 * SECOND),
        ("1h30m", 5_400 * SECOND),
        ("500ms", SECOND // 2),
        ("1.5h", 5_400 * SECOND),
        ("90", 90 * SECOND),
        ("0.5", SECOND // 2),
        ("immediate", 0),
        ("NOW", 0),
        ("default", None),
        ("+2m", 120 * SECOND),
        ("3µs", 3_000),
        ("0", 0),
    ],
)
def test_lengths_of_time(said: str, meant: int | None) -> None:
    (found,) = parse(block("ACTIVITY: A", f"TIMEOUT: {said}", "END")).instructions
    assert found.keys.get("TIMEOUT") == meant


@pytest.mark.parametrize(
    ("lines", "place", "part"),
    [
        (("WORKFLOW: A", "TIMEOUT: 5 minutes", "END"), (3, 10), "no length of time"),
        (("WORKFLOW: A", "TIMEOUT: -5m", "END"), (3, 10), "past"),
        (("SCHEDULE: A", "INTERVAL: 1d", "END"), (3, 11), "24h"),
        (("SCHEDULE: A", "END"), (2, 1), "needs INTERVAL"),
        (("QUERY: A", "END"), (2, 1), "needs TYPE"),
        (("SIGNAL:", "NAME: x", "END"), (2, 1), "id of a workflow"),
        (("WORKFLOW: A", "RETRYS: 1", "END"), (3, 1), "RETRY"),
        (("WORKFLOW: A", "RETRY: many", "END"), (3, 8), "whole number"),
        (("WORKFLOW: A", "WAIT: perhaps", "END"), (3, 7), "true or false"),
        (("WORKFLOW: A", "INPUT: {'a': 1}", "END"), (3, 9), "double quotes"),
        (("WORKFLOW: A", 'INPUT: {"a": 1, "a": 2}', "END"), (3, 8), "twice"),
        (("WORKFLOW: A", "INPUT: {} and more", "END"), (3, 10), "Nothing may follow"),
        (("WORKFLOW: A", "INPUT:", "END"), (3, 7), "no value"),
        (("WORKFLOW: A", "INPUT: NaN", "END"), (3, 8), "NaN"),
        (("WORKFLOW: A", r'INPUT: {"a": "\u0000"}', "END"), (3, 8), "NUL"),
        (("WORKFLOW: A", "WAIT: true", "WAIT: true", "END"), (4, 1), "twice"),
        (("WORKFLOW: A B", "END"), (2, 11), "one word"),
        (("WORKFLOW: A", "what is this", "END"), (3, 1), "KEY: value"),
        (("WORKFLOW: A", "TIMEOUT: 5m"), (2, 1), "no END"),
        (("WORKFLW: A", "END"), (2, 1), "WORKFLOW?"),
        (("TIMEOUT: 5m", "END"), (2, 1), "outside an instruction"),
        (("LIST: all", "END"), (2, 7), "no name"),
        (("QUERY: a", "WORKFLOW_ID: b", "TYPE: x", "END"), (2, 1), "another workflow"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column_and_stops_no_other(
    lines: tuple[str, ...], place: tuple[int, int], part: str
) -> None:
    found = parse(block(*lines, "LIST", "END"))
    assert [each.kind for each in found.instructions] == [Kind.LIST]
    (fault,) = found.faults
    assert (fault.line, fault.column) == place
    assert part in fault.message


def test_broken_json_over_many_lines_is_one_fault() -> None:
    found = parse(block("WORKFLOW: A", "INPUT: {", '  "a": 1', '  "b": 2', "}", "RETRY: x", "END", "LIST", "END"))
    assert [(fault.line, fault.column) for fault in found.faults] == [(5, 3), (7, 8)]
    assert len(found.instructions) == 1


def test_blocks_that_are_no_blocks_are_told_of_and_left_alone() -> None:
    unclosed = parse("a\n<temporal>\nLIST\nEND\n")
    assert (unclosed.instructions, unclosed.text) == ([], "a\n<temporal>\nLIST\nEND\n")
    assert "never closed" in unclosed.faults[0].message
    twice = parse("<temporal>\nLIST\n" + block("CANCEL: x", "END"))
    assert [each.kind for each in twice.instructions] == [Kind.CANCEL]
    assert "no block to close" in parse("<temporal>LIST</temporal></temporal>").faults[0].message


def test_an_example_in_a_code_fence_or_span_is_not_carried_out() -> None:
    text = f"Write it so:\n\n```\n{block('LIST')}\n```\n\nor with `<temporal>` inline.\n"
    found = parse(text)
    assert (found.instructions, found.faults, found.text) == ([], [], text)
    assert [(remark.line, remark.column) for remark in found.remarks] == [(4, 1)]
    after = parse(f"```\ncode\n```\n{block('LIST')}")
    assert len(after.instructions) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\n\n{}\n\nb\n", "a\n\nb\n"),
        ("a\n{}\nb", "a\nb"),
        ("{}\n\nb", "b"),
        ("a\n\n\n{}\n\n", "a\n"),
        ("{}", ""),
        ("a {} b", "a  b"),
        ("a\r\n\r\n{}\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"),
        ("  x\t\n  {}\n\n\n\n  y  \n\n\nz", "  x\t\n\n\n\n  y  \n\n\nz"),
        ("a\n\n{}\n{}\n\nb", "a\n\nb"),
        ("a\n{}", "a\n"),
    ],
)
def test_a_text_without_its_blocks_keeps_everything_else(before: str, after: str) -> None:
    assert parse(before.replace("{}", block("LIST", "END"))).text == after


words = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=30).filter(
    lambda word: word.strip() == word
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab</temporal>", max_size=12), inner, max_size=3)
    ),
    max_leaves=8,
)
plain_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40
).filter(lambda text: bool(text.strip()))
VALUES: dict[Form, st.SearchStrategy[Any]] = {
    Form.JSON: json_values,
    Form.DURATION: st.integers(0, durations.LONGEST),
    Form.COUNT: st.integers(0, min(MOST.values())),
    Form.FLAG: st.booleans(),
    Form.NAME: st.from_regex(r"[\w.:/-]{1,30}", fullmatch=True).filter(lambda name: name.isprintable()),
    Form.TEXT: plain_texts,
}


@st.composite
def instructions(draw: st.DrawFn) -> Instruction:
    kind = draw(st.sampled_from(Kind))
    shape = SHAPES[kind]
    takes = sorted(shape.keys - ({"WORKFLOW_ID"} if kind in OF_A_WORKFLOW else set()))
    chosen = draw(st.lists(st.sampled_from(takes), unique=True))
    keys = {
        key: draw(VALUES[FORMS[key]]) for key in dict.fromkeys([*chosen, *([shape.needed] if shape.needed else [])])
    }
    return Instruction(kind, draw(words) if shape.named else "", keys)


@given(st.lists(instructions(), min_size=1, max_size=4))
def test_what_is_written_is_read_as_the_same(wanted: list[Instruction]) -> None:
    found = parse(f"before\n\n{render(wanted)}\n\nafter")
    assert found.faults == []
    assert list(found.instructions) == wanted
    assert found.text == "before\n\nafter"


pieces = st.sampled_from(
    [
        "<temporal>",
        "</temporal>",
        "\n",
        "\r\n",
        "WORKFLOW: A",
        "LIST",
        "END",
        "  INPUT: ",
        '{"a": ',
        "}",
        "[[[[",
        "TIMEOUT: 1h",
        "INTERVAL: x",
        "```",
        "~~~",
        "`",
        "\t",
        ":",
        "\u2028",
        "SEND",
        "\0",
        "\ud800",
        '"',
        "\\",
        "QUERY:",
        "TYPE: t",
        "1e999",
        "9" * 400,
        "<think>",
        '{"actions": [], "notes": "',
    ]
) | st.text(max_size=5)


@given(st.lists(pieces, max_size=40).map("".join))
@example("<temporal>\nWORKFLOW: A\nINPUT: " + "[" * 5_000)
@example("<temporal>\nWORKFLOW: A\nINPUT: " + "9" * 5_000 + "\nEND\n</temporal>")
@example("<temporal>" * 300 + "</temporal>" * 300)
def test_no_text_raises_anything(text: str) -> None:
    found = parse(text)
    for fault in [*found.faults, *found.remarks]:
        lines = text.split("\n")
        assert 1 <= fault.line <= len(lines)
        assert 1 <= fault.column <= len(lines[fault.line - 1]) + 1
    heard(text)
