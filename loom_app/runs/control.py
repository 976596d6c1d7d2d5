"""Loop control: when a run has gone on long enough, or in circles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from loom_app.actions.faults import FaultKind, ReplyError
from loom_app.runs.loops import Finding, Level
from loom_app.runs.loopwords import told_model, told_people
from loom_app.runs.models import TerminalReason, Turn

FINE = Finding()
REASONS: Mapping[FaultKind, TerminalReason] = {
    "empty": TerminalReason.PARSE_FAILURES,
    "invalid_json": TerminalReason.PARSE_FAILURES,
    "truncated": TerminalReason.PARSE_FAILURES,
    "invalid_action": TerminalReason.VALIDATION_FAILURES,
}
"""What each fault ends a run for when it comes too often in a row."""
IN_A_ROW = {TerminalReason.PARSE_FAILURES: 2, TerminalReason.VALIDATION_FAILURES: 4}
_TOO_OFTEN = {
    TerminalReason.PARSE_FAILURES: "The model's reply could not be read {times} times in a row.",
    TerminalReason.VALIDATION_FAILURES: "The model asked {times} times in a row for what is no action as it must be.",
}


@dataclass(frozen=True)
class Verdict:
    """Either why the run ends (`reason`) with a sentence for people, or what the model is told next."""

    message: str
    reason: TerminalReason | None = None


def after_fault(
    turns: Sequence[Turn], fault: ReplyError, max_turns: int, before: Sequence[FaultKind] = (), found: Finding = FINE
) -> Verdict:
    """What follows a reply that could not be carried out: a chance to mend it, until it is too often. Never a new bead.

    `before` are the faults of the turns right before, newest first. Two replies in a row that are no JSON end the run,
    and four whose actions are not as they must be. Prose is answered and not counted: what ends a run of that is, as
    for all that goes in circles, what was `found`.
    """
    if fault.kind == "no_actions":
        return Verdict("The model answered without any action.", TerminalReason.NO_ACTIONS)
    reason = REASONS.get(fault.kind)
    counted = [REASONS[kind] for kind in before if kind in REASONS]
    if reason and 1 + len(list(takewhile(reason.__eq__, counted))) >= IN_A_ROW[reason]:
        said = _TOO_OFTEN[reason].format(times=IN_A_ROW[reason])
        return Verdict(f"{said} The last time: {turns[-1].shortfall or fault.message}", reason)
    return after_turn(len(turns), found, fault.message, max_turns)


def after_turn(number: int, finding: Finding, told: str, max_turns: int) -> Verdict:
    """What follows turn `number`, which did not end the run by itself; `told` is what the model shall hear."""
    if finding.level == Level.ENDED:
        return Verdict(told_people(finding), TerminalReason.REPEATED)
    if number >= max_turns:
        return Verdict(f"It took all of its {max_turns} turns without finishing.", TerminalReason.MAX_TURNS)
    if finding.level:
        return Verdict(told_model(finding, told, firmly=finding.level == Level.CHANGED))
    return Verdict(told)
