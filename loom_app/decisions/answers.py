"""Which answers a question takes, and what each means for the bead that waits for it."""

from collections.abc import Sequence
from enum import StrEnum

from loom_app.decisions import command_answers
from loom_app.decisions.budget_answers import STOP, another_amount
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.kernel.errors import Invalid

LONGEST = 10_000


class Kind(StrEnum):
    """Questions and what blocks a bead are answered in words, all others are approved, denied or sent back.

    Whether a project is to end is approved or denied; a command is allowed once, always, or refused.
    """

    QUESTION = "question"
    BLOCKED = "blocked"
    ESCALATION = "escalation"
    APPROVAL = "approval"
    REVIEW = "review"
    BUDGET = "budget"
    CLOSING = "closing"
    COMMAND = "command"


APPROVE, DENY, MORE = "approve", "deny", "needs_more_info"
SEND_BACK = "send_back"
"""What a run's work that waits for review may be answered instead of MORE."""
VERDICTS = [APPROVE, DENY, MORE]
IN_WORDS = frozenset({Kind.QUESTION, Kind.BLOCKED})
STAY = "Nobody answered in time. The bead stays blocked."
DEFAULTS = {
    Kind.QUESTION: "Nobody answered in time. Take the safest reading and say in your result what you assumed.",
    Kind.BLOCKED: STAY,
}
"""What holds after the deadline when the asker names nothing, else the last word is no: silence approves nothing."""
WITH_CHANGES = ("approve_with_changes", "approve with changes")
SAID_DIFFERENTLY = {
    "approved": APPROVE, **dict.fromkeys(WITH_CHANGES, APPROVE), "denied": DENY, "needs-more-info": MORE,
    "needs more info": MORE,
}  # fmt: skip


def options(kind: Kind) -> list[str]:
    """What is offered when the asker offers nothing."""
    if kind == Kind.CLOSING:
        return [APPROVE, DENY]
    if kind == Kind.COMMAND:
        return list(command_answers.OPTIONS)
    return [] if kind in IN_WORDS else list(VERDICTS)


def default(kind: Kind, offered: list[str]) -> str:
    """What holds when nobody answers and the asker named nothing."""
    return DEFAULTS.get(kind) or (DENY if DENY in offered else offered[-1])


def checked(
    question: Decision, decision: str, rationale: str, changes: str = "", remarks: Sequence[str] = ()
) -> tuple[str, str, str]:
    """Answer, reason and changes as they are kept, with `remarks` on a change where its agent goes on with it.

    Raises Invalid when the question does not take them.
    """
    answer, reason, wanted = decision.strip(), rationale.strip(), changes.strip()
    if answer.lower() in WITH_CHANGES:
        wanted = wanted or reason
    if max(len(answer), len(reason), len(wanted)) > LONGEST:
        raise Invalid(f"Answer, rationale and changes may have {LONGEST:,} characters each.", code="answer_too_long")
    if not answer:
        raise Invalid("An empty answer decides nothing. Say what is to be done.", code="decision_empty")
    found = among(question.options, answer)
    if found is None and question.kind == Kind.BUDGET:
        found = another_amount(question, answer)
    if question.kind in IN_WORDS:
        _refuse_changes(wanted, "A question is answered in words: put what is to be done into `decision`.")
        return found or answer, reason, ""
    if found is None:
        raise _no_option(question, answer)
    if found != APPROVE:
        _refuse_changes(wanted, "Only an approval can ask for changes.")
    said = list(remarks) if takes_remarks(found, wanted) else []
    if not reason and not wanted and not said and question.kind != Kind.COMMAND:
        raise Invalid("Say why in `rationale`: the agent reads it and goes by it.", code="rationale_missing")
    return (found, reason, _with(wanted, said)) if wanted else (found, _with(reason, said), "")


def takes_remarks(answer: str, changes: str) -> bool:
    """Whether an agent goes on with the change in question, so that it reads what was said of its lines."""
    return answer in (SEND_BACK, MORE) or (answer == APPROVE and bool(changes))


def reopens(question: Decision) -> bool:
    """Whether the answer sends the bead back to work. Denied, or taken back unapproved, it stays blocked."""
    if question.status == DecisionStatus.CANCELLED:
        return question.kind in IN_WORDS
    if question.decision == STOP and question.kind == Kind.BUDGET:
        return False
    return question.decision != (STAY if question.kind in IN_WORDS else DENY)


def merges(question: Decision) -> bool:
    """Whether the answer has a run's work merged as it stands."""
    plain = question.decision == APPROVE and not question.changes
    return plain and question.kind == Kind.REVIEW and SEND_BACK in question.options


def among(offered: list[str], answer: str) -> str | None:
    """The option that `answer` names, large and small letters alike; None when it names none."""
    plain = SAID_DIFFERENTLY.get(answer.lower(), answer.lower())
    return next((option for option in offered if option.lower() in (plain, answer.lower())), None)


def _with(text: str, remarks: Sequence[str]) -> str:
    told = "\n".join(part for part in (text, *remarks) if part)
    if len(told) > LONGEST:
        raise Invalid(
            f"Your words and what was said of lines come to {len(told):,} characters; {LONGEST:,} reach an agent at a "
            "time. Say the most important things first.",
            code="review_too_long",
        )
    return told


def _refuse_changes(wanted: str, why: str) -> None:
    if wanted:
        raise Invalid(why, code="changes_not_taken")


def _no_option(question: Decision, answer: str) -> Invalid:
    return Invalid(
        f"{answer[:100]!r} is not among the options of this decision: {', '.join(question.options)}.",
        code="decision_unknown",
        options=question.options,
    )
