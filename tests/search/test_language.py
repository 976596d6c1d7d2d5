"""The language of the search: what a line asks for, whatever somebody types."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.search.fields import ALIASES, FIELDS, Span, priorities, span
from loom_app.search.language import LONGEST, MOST_TERMS, Asked, Query, Words, parse

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
PIECES = st.sampled_from(["status:", '"', "-", " ", "OR", "AND", "NOT", "|", ":", ",", "*", "é", "日", "🔥", "\u0301"])
TYPED = st.one_of(st.text(max_size=80), st.lists(PIECES | st.text(max_size=3), max_size=20).map("".join))


def shape(query: Query) -> list[list[str]]:
    """The groups in words."""
    return [[_told(term) for term in group] for group in query.groups]


def _told(term: Words | Asked) -> str:
    sign = "-" if term.negated else ""
    if isinstance(term, Asked):
        return f"{sign}{term.field}={'|'.join(term.values)}"
    return f"{sign}{term.text}{'*' if term.prefix else ''}"


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("login page", [["login"], ["page*"]]),
        ("login page ", [["login"], ["page*"]]),
        ('"login page"', [["login page"]]),
        ('"login page', [["login page"]]),
        ("a OR b c", [["a", "b"], ["c*"]]),
        ("a | b AND -c", [["a", "b"], ["-c"]]),
        ("NOT a b", [["-a"], ["b*"]]),
        ("a -NOT b", [["a"], ["-NOT"], ["b*"]]),
        ("-status:open,blocked x", [["-status=open|blocked"], ["x*"]]),
        ('agent:"Ada L",me', [["agent=Ada L|me"]]),
        ("Label:x LABEL:y", [["tag=x"], ["tag=y"]]),
        ("status: open", [["status:"], ["open*"]]),
        ("12:30 a:b", [["12:30"], ["a:b*"]]),
        ("x x x", [["x"]]),
        ("OR", []),
        ("", []),
        ("*** 🔥 ok", [["ok*"]]),
        ("bd-a1b2.3", [["bd-a1b2.3*"]]),
    ],
)
def test_what_a_line_asks_for(text: str, groups: list[list[str]]) -> None:
    assert shape(parse(text)) == groups


@given(TYPED)
def test_there_is_no_text_it_cannot_read(text: str) -> None:
    query = parse(text)
    assert len(query.groups) <= MOST_TERMS
    assert query.text == text[:LONGEST]
    for group in query.groups:
        assert 1 <= len(group) <= MOST_TERMS
        for term in group:
            assert 0 <= term.start < term.end <= len(query.text)
            if isinstance(term, Asked):
                assert term.field in FIELDS
                assert term.values


@given(st.lists(st.sampled_from(["login", "-page", '"a b"', "status:open", "-tag:x,y", "OR", "é日本"]), max_size=12))
def test_spaces_and_the_case_of_fields_mean_nothing(parts: list[str]) -> None:
    spaced = "  ".join(part.replace("status", "STATUS").replace("tag", "Label") for part in parts)
    assert shape(parse(f" {spaced}")) == shape(parse(" ".join(parts)))


def test_what_is_too_much_is_left_out_and_said() -> None:
    many = parse(" ".join(f"w{number}" for number in range(80)))
    assert len(many.groups) == MOST_TERMS
    assert many.problems == ("Only the first 30 terms of the query were read.",)
    assert parse("x" * 600).problems == ("Only the first 500 characters of the query were read.",)
    assert parse("***").problems == ("*** has neither letters nor digits; only words can be looked for.",)
    assert [words.text for words in parse("staus:open http://x a::b").unknown] == ["staus:open"]
    assert set(ALIASES.values()) <= set(FIELDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", [0]),
        ("P3", [3]),
        ("p0-p1", [0, 1]),
        ("3..1", [1, 2, 3]),
        ("5", None),
        ("", None),
        ("-1", None),
        ("p", None),
    ],
)
def test_priorities(text: str, expected: list[int] | None) -> None:
    found = priorities(text)
    assert (found and list(found)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-04", Span(MIDNIGHT, MIDNIGHT + DAY)),
        (">2026-05-04", Span(MIDNIGHT + DAY, None)),
        (">=2026-05-04", Span(MIDNIGHT, None)),
        ("<today", Span(None, MIDNIGHT)),
        ("<=2026-05-04", Span(None, MIDNIGHT + DAY)),
        ("yesterday..today", Span(MIDNIGHT - DAY, MIDNIGHT + DAY)),
        ("-7d", Span(NOON - 7 * DAY, None)),
        ("+1w", Span(NOON, NOON + 7 * DAY)),
        ("<-2h", Span(None, NOON - timedelta(hours=2))),
        (">2026-05-04T12:00:00Z", Span(NOON + timedelta(microseconds=1), None)),
        ("9999-12-31", None),
        ("-9999w", Span(NOON - 7 * 9999 * DAY, None)),
        ("2026-02-30", None),
        ("2026-05-04..", None),
        ("soon", None),
        (">", None),
    ],
)
def test_times(text: str, expected: Span | None) -> None:
    assert span(text, NOON) == expected


@given(TYPED)
def test_no_value_is_too_strange_to_be_refused(text: str) -> None:
    span(text, NOON)
    priorities(text)
