"""When a run has gone on long enough, or in circles."""

from typing import get_args

import pytest

from loom_app.actions.faults import FaultKind, ReplyError
from loom_app.runs.control import after_fault, after_turn
from loom_app.runs.loops import Finding, look
from loom_app.runs.models import TerminalReason, Turn
from loom_app.runs.traces import Done

LOOK = Done("run_command", {"command": "ls -la"}, "executed", "exit code 0", {"exit_code": 0, "stdout": "a.py"})


def turns(*hashes: str, faults: tuple[bool, ...] = ()) -> list[Turn]:
    """Turns with these replies; `faults` says which could not be read."""
    marks = faults or (False,) * len(hashes)
    return [
        Turn(run_id="run-1", number=number, prompt="", reply=text, reply_hash=text, fault="bad" if bad else "")
        for number, (text, bad) in enumerate(zip(hashes, marks, strict=True), 1)
    ]


@pytest.mark.parametrize(
    ("repeats", "head", "over"),
    [
        (4, "", False),
        (5, "circles", False),
        (6, "circles", False),
        (7, "Stop", False),
        (9, "Stop", False),
        (10, "", True),
    ],
)
def test_the_same_again_is_warned_of_then_told_firmly_then_ended(repeats: int, head: str, over: bool) -> None:
    verdict = after_turn(repeats, look([[LOOK]] * repeats), "results", 100)
    assert (verdict.reason == TerminalReason.REPEATED) is over
    assert ("`run_command ls -la`" in verdict.message) is (over or bool(head))
    assert over or "results" in verdict.message
    assert head in verdict.message.split("\n")[0] or over


@pytest.mark.parametrize(("used", "over"), [(2, False), (3, True)])
def test_the_last_turn_is_the_last(used: int, over: bool) -> None:
    verdict = after_turn(used, Finding(), "results", 3)
    assert (verdict.reason == TerminalReason.MAX_TURNS) is over


def test_an_unreadable_reply_gets_one_chance_to_be_mended() -> None:
    fault = ReplyError(_broken(), "it is cut off")
    first = after_fault(turns("a"), fault, 20)
    assert first.reason is None
    assert "cut off" in first.message
    second = after_fault(turns("a", "b", faults=(True, False)), fault, 20)
    assert second.reason == TerminalReason.PARSE_FAILURES
    mended_between = after_fault(turns("a", "b", "c", faults=(True, False, False)), fault, 20)
    assert mended_between.reason is None


def test_words_without_actions_end_the_run_at_once() -> None:
    assert after_fault(turns("a"), ReplyError("no_actions", "only words"), 20).reason == TerminalReason.NO_ACTIONS


def _broken() -> FaultKind:
    kinds: tuple[FaultKind, ...] = get_args(FaultKind)
    return next(kind for kind in kinds if kind != "no_actions")
