"""Loop control: when a run has gone on long enough, or in circles."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from loom_app.actions.faults import ReplyError
from loom_app.runs.models import TerminalReason, Turn

FAULTS_IN_A_ROW = 2
REPEATS_TO_WARN = 5
REPEATS_TO_END = 10


@dataclass(frozen=True)
class Verdict:
    """Either why the run ends (`reason`) with a sentence for people, or what the model is told next."""

    message: str
    reason: TerminalReason | None = None


def after_fault(turns: Sequence[Turn], fault: ReplyError, max_turns: int) -> Verdict:
    """What follows a reply that could not be read: one chance to mend it, then the run ends. Never a new bead."""
    if fault.kind == "no_actions":
        return Verdict("The model answered without any action.", TerminalReason.NO_ACTIONS)
    earlier = list(takewhile(lambda turn: turn.fault, reversed(turns[:-1])))
    if len(earlier) + 1 >= FAULTS_IN_A_ROW:
        return Verdict(
            f"The model's reply could not be read {FAULTS_IN_A_ROW} times in a row. "
            f"The last time: {turns[-1].shortfall or fault.message}",
            TerminalReason.PARSE_FAILURES,
        )
    return after_turn(turns, fault.message, max_turns)


def after_turn(turns: Sequence[Turn], told: str, max_turns: int) -> Verdict:
    """What follows a turn that did not end the run by itself; `told` is what the model shall hear."""
    repeats = _repeats(turns)
    if repeats >= REPEATS_TO_END:
        return Verdict(f"The model gave the same answer {repeats} times in a row.", TerminalReason.REPEATED)
    if len(turns) >= max_turns:
        return Verdict(f"It took all of its {max_turns} turns without finishing.", TerminalReason.MAX_TURNS)
    if repeats >= REPEATS_TO_WARN:
        warning = f"You have given exactly this answer {repeats} times. Something else is needed: look at the results."
        return Verdict(f"{warning}\n\n{told}")
    return Verdict(told)


def _repeats(turns: Sequence[Turn]) -> int:
    newest = turns[-1].reply_hash
    return sum(1 for _ in takewhile(lambda turn: turn.reply_hash == newest, reversed(turns))) if newest else 0
