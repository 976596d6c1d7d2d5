"""Which answers a question takes, and what each means for the bead that waits for it."""

from enum import StrEnum

from loom_app.decisions.models import Decision
from loom_app.kernel.errors import Invalid

LONGEST = 10_000


class Kind(StrEnum):
    """An escalation is approved, denied or sent back; a question is answered in words."""

    ESCALATION = "escalation"
    QUESTION = "question"


APPROVE, DENY, MORE = "approve", "deny", "needs_more_info"
OPTIONS = {Kind.ESCALATION: [APPROVE, DENY, MORE], Kind.QUESTION: []}
DEFAULTS = {
    Kind.ESCALATION: DENY,
    Kind.QUESTION: "Nobody answered in time. Take the safest reading and say in your result what you assumed.",
}
"""What holds after the deadline when the asker names nothing: silence approves nothing, and a question goes on."""
SAID_DIFFERENTLY = {"approved": APPROVE, "denied": DENY, "needs-more-info": MORE, "needs more info": MORE}


def default(kind: Kind, options: list[str]) -> str:
    """What holds when nobody answers and the asker named nothing."""
    usual = DEFAULTS[kind]
    return usual if kind == Kind.QUESTION or usual in options else options[-1]


def checked(question: Decision, decision: str, rationale: str) -> tuple[str, str]:
    """The answer as it is kept. Raises Invalid when the question does not take it."""
    answer, reason = decision.strip(), rationale.strip()
    if max(len(answer), len(reason)) > LONGEST:
        raise Invalid(f"Answer and rationale may have {LONGEST:,} characters each.", code="answer_too_long")
    if not answer:
        raise Invalid("An empty answer decides nothing. Say what is to be done.", code="decision_empty")
    if question.kind != Kind.ESCALATION:
        return answer, reason
    answer = _among(question.options, answer)
    if not reason:
        raise Invalid("Say why in `rationale`: the agent reads it and goes by it.", code="rationale_missing")
    return answer, reason


def reopens(question: Decision) -> bool:
    """Whether the answer sends the bead back to work. A denied escalation leaves it blocked."""
    return not (question.kind == Kind.ESCALATION and question.decision == DENY)


def _among(options: list[str], answer: str) -> str:
    plain = SAID_DIFFERENTLY.get(answer.lower(), answer.lower())
    for option in options:
        if option.lower() == plain:
            return option
    raise Invalid(
        f"{answer[:100]!r} is not among the options of this decision: {', '.join(options)}.",
        code="decision_unknown",
        options=options,
    )
