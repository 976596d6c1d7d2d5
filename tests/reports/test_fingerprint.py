import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.reports.fingerprint import calls, normalised, of

BROWSER = """TypeError: bead is undefined
    at draw (https://loom.example/assets/board-B3x_9kQz.js:12:3456)
    at Board (https://loom.example/assets/board-B3x_9kQz.js:{line}:7)"""
PYTHON = """Traceback (most recent call last):
  File "/app/serve.py", line 3, in <module>
  File "/app/{number}.py", line {line}, in work
KeyError: 'x'"""


@pytest.mark.parametrize(
    ("one", "other"),
    [("bead 17 of 42", "bead 3 of 9"), ("at 0x7f3a2b", "at 0x11ff09"),
     ("run-0198c0de4a1b failed", "run-01a2073f30fc failed"),
     ("b5d2f3a0-11aa-4bcd-9e77-0123456789ab gone", "00d2f3a0-99aa-4bcd-9e77-0123456789ff gone"),
     ("a  b\n c", "a b c")],
)  # fmt: skip
def test_what_differs_between_occurrences_does_not_tell_errors_apart(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)
    assert of("backend", "E", one, "") == of("backend", "E", other, "")


def test_lines_of_code_and_names_of_builds_do_not_tell_errors_apart() -> None:
    other = BROWSER.format(line=99).replace("B3x_9kQz", "Cq1-ab_2").replace("12:3456", "14:1")
    assert of("frontend", "TypeError", "x", BROWSER.format(line=1)) == of("frontend", "TypeError", "x", other)
    queried = BROWSER.format(line=1).replace(".js:", ".js?v=8a:")
    assert calls(queried) == calls(BROWSER.format(line=1))


@pytest.mark.parametrize("place", range(4))
def test_source_type_message_and_calls_tell_errors_apart(place: int) -> None:
    told = ["backend", "KeyError", "no x", PYTHON.format(number="a", line=1)]
    other = [*told]
    other[place] = ["frontend", "ValueError", "no y", told[3].replace("in work", "in rest")][place]
    assert of(*told) != of(*other)


def test_of_long_traces_the_innermost_calls_count() -> None:
    deep = [f'  File "/app/m{"abcdefghij"[depth]}.py", line {depth}, in f' for depth in range(10)]
    assert calls("\n".join(deep)) == [normalised(line) for line in deep[5:]]
    frames = [f"    at {name} (https://x.example/a.js:1:{depth})" for depth, name in enumerate("abcdefgh")]
    assert calls("\n".join(frames)) == [normalised(line) for line in frames[:5]]


@given(st.text(max_size=300))
def test_any_text_has_a_fingerprint(text: str) -> None:
    assert len(of("backend", "", text, text)) == 32


@pytest.mark.parametrize("text", ["a-" * 30_000, "?" * 60_000, "a@" * 30_000, "at " + "a-" * 30_000, "-aaaaaa" * 9_000])
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    of("frontend", "", text, text)
    assert time.process_time() - began < 1
