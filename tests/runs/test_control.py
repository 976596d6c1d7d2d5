"""When a run has gone on long enough, or in circles."""

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


def fault(kind: FaultKind) -> ReplyError:
    return ReplyError(kind, f"it is {kind}")


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        ([], "invalid_json", None),
        (["invalid_json"], "invalid_json", TerminalReason.PARSE_FAILURES),
        (["truncated"], "invalid_json", TerminalReason.PARSE_FAILURES),
        (["empty"], "empty", TerminalReason.PARSE_FAILURES),
        (["invalid_action"], "invalid_json", None),
        (["invalid_json"], "invalid_action", None),
        (["invalid_action"] * 2, "invalid_action", None),
        (["invalid_action"] * 3, "invalid_action", TerminalReason.VALIDATION_FAILURES),
        (["invalid_action"] * 2 + ["invalid_json"], "invalid_action", None),
        (["prose", "invalid_json"], "invalid_json", TerminalReason.PARSE_FAILURES),
        (["prose"] * 8, "prose", None),
        (["prose"], "invalid_json", None),
        (["prose", "invalid_action", "prose", "invalid_action", "invalid_action"], "invalid_action",
         TerminalReason.VALIDATION_FAILURES),
    ],
)  # fmt: skip
def test_two_replies_that_are_no_json_or_four_with_wrong_actions_end_the_run(
    before: list[FaultKind], now: FaultKind, reason: TerminalReason | None
) -> None:
    verdict = after_fault(turns(*["a"] * (len(before) + 1)), fault(now), 20, before)
    assert verdict.reason == reason
    assert f"it is {now}" in verdict.message


def test_prose_without_end_is_ended_for_going_in_circles() -> None:
    reasons = [
        after_fault(turns(*["a"] * n), fault("prose"), 20, ["prose"] * (n - 1), look([None] * n)) for n in range(1, 11)
    ]
    ends = [verdict.reason for verdict in reasons]
    assert ends[:8] == [None] * 8
    assert TerminalReason.REPEATED in ends
    assert "circles" in reasons[3].message


def test_words_without_actions_end_the_run_at_once() -> None:
    assert after_fault(turns("a"), ReplyError("no_actions", "only words"), 20).reason == TerminalReason.NO_ACTIONS
