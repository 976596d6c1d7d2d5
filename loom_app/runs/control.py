"""Loop control: when a run has gone on long enough, or in circles."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from loom_app.actions.faults import ReplyError
from loom_app.runs.loops import Finding, Level
from loom_app.runs.loopwords import told_model, told_people
from loom_app.runs.models import TerminalReason, Turn

FAULTS_IN_A_ROW = 2


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
    return after_turn(len(turns), Finding(), fault.message, max_turns)


def after_turn(number: int, finding: Finding, told: str, max_turns: int) -> Verdict:
    """What follows turn `number`, which did not end the run by itself; `told` is what the model shall hear."""
    if finding.level == Level.ENDED:
        return Verdict(told_people(finding), TerminalReason.REPEATED)
    if number >= max_turns:
        return Verdict(f"It took all of its {max_turns} turns without finishing.", TerminalReason.MAX_TURNS)
    if finding.level:
        return Verdict(told_model(finding, told, firmly=finding.level == Level.CHANGED))
    return Verdict(told)
