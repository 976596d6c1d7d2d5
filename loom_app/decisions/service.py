"""Questions to people: asked once, answered once, and what the answer does to the bead that waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.auth import service as users
from loom_app.beads.models import Bead
from loom_app.decisions import answers, repository
from loom_app.decisions.effects import apply
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from loom_app.kernel.ids import new_id

ANSWER_WITHIN = timedelta(hours=48)
EARLY = timedelta(seconds=60)
RISKS = ("low", "medium", "high", "critical")
TITLE = 200
LONGEST_TOLD = 2_000
"""Longer texts are cut in events; the decision itself has them whole."""


async def open_decision(
    tx: AsyncSession,
    *,
    kind: str,
    bead: Bead,
    question: str,
    requester_id: str,
    run_id: str = "",
    options: Sequence[str] = (),
    recommendation: str = "",
    risk: str = "medium",
    deadline: datetime | None = None,
    default_option: str = "",
    returned_to: str = "",
    actor: Actor = SYSTEM,
) -> Decision:
    """Asks people about `bead`, which the caller blocks in the same transaction. Answered within 48 hours by default.

    An escalation takes approve, deny or needs_more_info, a question any words. Raises Invalid for an unknown kind
    or risk, an empty question, a deadline that has passed or a default that is no option.
    """
    asked = answers.Kind(_one_of("kind", kind, tuple(answers.Kind)))
    if not question.strip():
        raise Invalid("A decision needs a question.", code="question_empty")
    moment = now()
    due = deadline or moment + ANSWER_WITHIN
    if due <= moment:
        raise Invalid(f"The deadline {rfc3339(due)} has passed. Name one that is still ahead.", code="deadline_passed")
    offered = list(options) or answers.OPTIONS[asked]
    default = default_option or answers.default(asked, offered)
    decision = Decision(
        id=new_id("bd-dec"),
        project_id=bead.project_id,
        bead_id=bead.id,
        run_id=run_id,
        kind=asked,
        title=f"{asked.capitalize()}: {bead.title}"[:TITLE],
        question=question.strip(),
        options=offered,
        recommendation=recommendation,
        risk=_one_of("risk", risk, RISKS),
        priority=bead.priority,
        default_option=_one_of("default_option", default, offered) if asked == answers.Kind.ESCALATION else default,
        deadline=due,
        requester_id=requester_id,
        returned_to=returned_to,
        created_at=moment,
    )
    tx.add(decision)
    await tx.flush()
    told = decision.question[:LONGEST_TOLD]
    _tell(tx, "decision.created", decision, actor, question=told, deadline=rfc3339(due), risk=risk)
    return decision


async def get(tx: AsyncSession, decision_id: str, *, actor: Actor = SYSTEM) -> Decision:
    """The decision, if `actor` sees its project. Raises NotFound."""
    decision = await repository.get(tx, decision_id)
    if decision is None or not actor.sees(decision.project_id):
        raise NotFound(
            f"There is no decision {decision_id[:100]!r}. GET /api/v1/decisions lists them.", code="decision_not_found"
        )
    return decision


async def waiting(tx: AsyncSession) -> list[tuple[str, float]]:
    """Every open decision with the seconds left to its deadline, below 0 when that has passed."""
    moment = now()
    return [(row.id, (row.deadline - moment).total_seconds()) for row in await repository.waiting(tx)]


async def decide(
    tx: AsyncSession, decision_id: str, *, decider: Actor, decision: str, rationale: str = "", on_behalf_of: str = ""
) -> Decision:
    """Answers a decision and sends its bead on. Only the first answer counts.

    `on_behalf_of` is the user or agent whose answer `decider` passes on. Raises Invalid for an answer the question
    does not take, Forbidden for an agent that answers itself, Conflict (code `already_decided`) for a second answer.
    """
    found = await get(tx, decision_id, actor=decider)
    if found.status != DecisionStatus.OPEN:
        raise await _already(tx, found)
    decider_id = on_behalf_of or decider.id
    if on_behalf_of and await _name(tx, on_behalf_of) is None:
        raise Invalid(f"{on_behalf_of[:100]!r} is neither a user nor an agent.", code="decider_unknown")
    if decider_id == found.requester_id and decider_id.startswith("agent-"):
        raise Forbidden("Whoever asks does not answer. Leave this decision to somebody else.", code="own_question")
    answer, reason = answers.checked(found, decision, rationale)
    await _close(tx, found, DecisionStatus.DECIDED, answer, reason, decider_id, decider)
    return found


async def expire(tx: AsyncSession, decision_id: str) -> bool:
    """Takes the default of a decision nobody answered before its deadline; whether it did. Safe to repeat.

    A minute of difference between two machines' clocks is allowed for.
    """
    found = await get(tx, decision_id)
    if found.status != DecisionStatus.OPEN or found.deadline > now() + EARLY:
        return False
    reason = f"Nobody answered before {rfc3339(found.deadline)}, so the default holds."
    await _close(tx, found, DecisionStatus.EXPIRED, found.default_option, reason, SYSTEM.id, SYSTEM)
    return True


async def _close(
    tx: AsyncSession,
    found: Decision,
    status: DecisionStatus,
    answer: str,
    rationale: str,
    decider_id: str,
    actor: Actor,
) -> None:
    first = await repository.close(
        tx, found.id, status=status, decision=answer, rationale=rationale, decider_id=decider_id, moment=now()
    )
    await tx.refresh(found)
    if not first:
        raise await _already(tx, found)
    cut = {"decision": answer[:LONGEST_TOLD], "rationale": rationale[:LONGEST_TOLD]}
    _tell(tx, "decision.resolved", found, actor, **cut, status=status)
    await apply(tx, found, actor=actor)


async def _already(tx: AsyncSession, found: Decision) -> Conflict:
    when = rfc3339(found.decided_at) if found.decided_at else "before"
    who = "the deadline passed and the default" if found.decider_id == SYSTEM.id else await _name(tx, found.decider_id)
    return Conflict(
        f"This was decided already: {who or found.decider_id} said {found.decision[:200]!r} at {when}. "
        "Only the first answer counts.",
        code="already_decided",
        decision=found.decision,
        decider_id=found.decider_id,
        decided_at=when,
    )


async def _name(tx: AsyncSession, decider_id: str) -> str | None:
    """What people call the decider; None when there is no such user or agent."""
    try:
        if decider_id.startswith("agent-"):
            return (await agents.get(tx, decider_id)).name
        return (await users.get(tx, decider_id)).username
    except NotFound:
        return None


def _tell(tx: AsyncSession, type_: str, decision: Decision, actor: Actor, /, **more: Any) -> None:
    data = {
        "decision_id": decision.id,
        "bead_id": decision.bead_id,
        "run_id": decision.run_id,
        "kind": decision.kind,
        "title": decision.title,
        "returned_to": decision.returned_to,
        "requester_id": decision.requester_id,
        **more,
    }
    append(tx, type_, actor=actor, project_id=decision.project_id, subject_id=decision.id, data=data)


def _one_of(what: str, given: str, known: Sequence[str]) -> str:
    if given not in known:
        raise Invalid(f"{given[:100]!r} is no {what}. Take one of {', '.join(known)}.", code="invalid_decision")
    return given
