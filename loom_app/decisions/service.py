"""Questions to people: answered once, by a person, an agent or the deadline, and what happens to them until then."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.holders import names
from loom_app.beads.models import Bead
from loom_app.decisions import answers, deputies, remarks, repository
from loom_app.decisions.effects import apply
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.decisions.opening import ANSWER_WITHIN, checked_risk, open_decision, still_ahead
from loom_app.decisions.telling import LONGEST_TOLD, already_over, tell
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound

__all__ = [
    "ANSWER_WITHIN", "answering_through", "cancel", "change", "decide", "due", "expire", "get", "get_open",
    "open_decision", "page", "reviewed_through", "tidy", "untidy", "waiting",
]  # fmt: skip
EARLY_SECONDS = 60.0
"""A minute of difference between two machines' clocks is allowed for."""


async def get(tx: AsyncSession, decision_id: str, *, actor: Actor = SYSTEM) -> Decision:
    """The decision, if `actor` sees its project. Raises NotFound."""
    return _seen(await repository.get(tx, decision_id), decision_id, actor)


async def page(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, str | int | None], limit: int, offset: int
) -> tuple[Sequence[Any], int]:
    """Rows of the decisions `actor` sees whose columns are as `asked`, the newest first, and how many match."""
    return await repository.page(tx, actor, asked, limit, offset)


async def get_open(tx: AsyncSession, decision_id: str, actor: Actor) -> Decision:
    """A decision that waits, kept from others to the end of `tx`. Raises NotFound, and Conflict when it is over."""
    found = _seen(await repository.locked(tx, decision_id), decision_id, actor)
    if found.status != DecisionStatus.OPEN:
        raise await already_over(tx, found)
    return found


async def answering_through(tx: AsyncSession, bead_id: str) -> Decision:
    """The decision that an agent answers through this bead. Raises Invalid when the bead is for something else."""
    found = await repository.answered_through(tx, bead_id)
    if found is None:
        raise Invalid(
            f"{bead_id} asks for no decision. Use ask_followup or escalate_ceo to have people decide.",
            code="nothing_to_decide",
        )
    return found


async def reviewed_through(tx: AsyncSession, bead: Bead) -> str:
    """The run whose work an agent judges through this bead; "" when it does not do that."""
    found = await repository.answered_through(tx, bead.id) if bead.context.get("decides") else None
    return found.run_id if found is not None and found.kind == answers.Kind.REVIEW else ""


async def waiting(tx: AsyncSession) -> list[tuple[str, float]]:
    """Every open decision with the seconds left to its deadline, below 0 when that has passed."""
    moment = now()
    return [(row.id, (row.deadline - moment).total_seconds()) for row in await repository.waiting(tx)]


async def decide(
    tx: AsyncSession,
    decision_id: str,
    *,
    decider: Actor,
    decision: str,
    rationale: str = "",
    changes: str = "",
    on_behalf_of: str = "",
) -> Decision:
    """Answers a decision and sends its bead on. Only the first answer counts.

    `changes` is what an approval wants done differently; the agent reads it first. What was said of lines of a change
    goes along when its agent goes on with it. `on_behalf_of` is the user or agent
    whose answer `decider` passes on. Raises Invalid for an answer the question does not take, Forbidden for an agent
    that answers itself or what was not left to it, Conflict (code `already_decided`) for a second answer.
    """
    found = await get(tx, decision_id, actor=decider)
    if found.status != DecisionStatus.OPEN:
        raise await already_over(tx, found)
    decider_id = on_behalf_of or decider.id
    await _check_decider(tx, found, decider, on_behalf_of)
    said = await remarks.unsent(tx, found)
    if not decider.is_person:  # nobody is there to shorten it
        said = remarks.fitting(said, rationale + changes)
    answer, reason, wanted = answers.checked(found, decision, rationale, changes, remarks.written(said))
    await _close(tx, found, DecisionStatus.DECIDED, answer, reason, decider_id, decider, wanted)
    remarks.note_sent(found, said)
    return found


async def cancel(tx: AsyncSession, decision_id: str, *, reason: str, actor: Actor) -> Decision:
    """Takes a question back; it stays on record. What waited for words goes on, what waited for leave stays blocked.

    Raises NotFound, and Conflict when it was answered already.
    """
    found = await get(tx, decision_id, actor=actor)
    if found.status != DecisionStatus.OPEN:
        raise await already_over(tx, found)
    await _close(tx, found, DecisionStatus.CANCELLED, "", reason.strip(), actor.id, actor)
    return found


async def change(
    tx: AsyncSession, decision_id: str, *, deadline: datetime | None = None, risk: str | None = None, actor: Actor
) -> Decision:
    """Another deadline or risk for a decision that waits; whoever waits follows the deadline at once.

    Raises NotFound, Conflict when it is over, Invalid for a deadline that has passed or an unknown risk.
    """
    found = await get_open(tx, decision_id, actor)
    wanted = {
        "deadline": still_ahead(deadline) if deadline is not None else found.deadline,
        "risk": checked_risk(risk) if risk is not None else found.risk,
    }
    fields = {name: value for name, value in wanted.items() if getattr(found, name) != value}
    if not fields:
        return found
    for name, value in fields.items():
        setattr(found, name, value)
    tell(tx, "decision.updated", found, actor, fields=list(fields), deadline=rfc3339(found.deadline))
    return found


async def expire(tx: AsyncSession, decision_id: str) -> bool:
    """Takes the default of a decision nobody answered before its deadline; whether it did. Safe to repeat."""
    found = await get(tx, decision_id)
    if found.status != DecisionStatus.OPEN or _left(found) > EARLY_SECONDS:
        return False
    reason = f"Nobody answered before {rfc3339(found.deadline)}, so the default holds."
    await _close(tx, found, DecisionStatus.EXPIRED, found.default_option, reason, SYSTEM.id, SYSTEM)
    return True


async def due(tx: AsyncSession, decision_id: str) -> float | None:
    """Takes the default if the deadline has come. Answers for how many seconds to wait on, None when it is over.

    One that went with its project is over.
    """
    try:
        await expire(tx, decision_id)
    except NotFound:
        return None
    found = await get(tx, decision_id)
    return _left(found) if found.status == DecisionStatus.OPEN else None


async def untidy(tx: AsyncSession) -> Sequence[str]:
    """The open decisions about beads that are over, and those an agent left unanswered."""
    return await repository.pointless(tx)


async def tidy(tx: AsyncSession, untidy: Sequence[str]) -> None:
    """Takes back the questions about beads that are over, and from agents what they left unanswered."""
    for decision_id in untidy:
        try:
            await _tidied(tx, await get_open(tx, decision_id, SYSTEM))
        except Conflict:  # somebody answered it since it was found
            continue


async def _tidied(tx: AsyncSession, found: Decision) -> None:
    if await repository.is_finished(tx, found.bead_id):
        await cancel(tx, found.id, reason="Its bead is done or deleted; nothing waits for an answer.", actor=SYSTEM)
        return
    if found.assigned_to.startswith("agent-"):
        deputies.pass_on(tx, found, "", why="The agent left it to people.", actor=SYSTEM)


async def _check_decider(tx: AsyncSession, found: Decision, decider: Actor, on_behalf_of: str) -> None:
    if decider.kind == "agent":
        await deputies.refuse_if_not_left_to(tx, found, decider.id)
    if not on_behalf_of:
        return
    known = await names(tx, [on_behalf_of])
    if on_behalf_of not in known.agents and on_behalf_of not in known.people:
        raise Invalid(f"{on_behalf_of[:100]!r} is neither a user nor an agent.", code="decider_unknown")
    if on_behalf_of in known.agents and on_behalf_of == found.requester_id:
        raise Forbidden("Whoever asks does not answer. Leave this decision to somebody else.", code="own_question")


async def _close(
    tx: AsyncSession,
    found: Decision,
    status: DecisionStatus,
    answer: str,
    rationale: str,
    decider_id: str,
    actor: Actor,
    changes: str = "",
) -> None:
    first = await repository.close(
        tx, found.id, status=status, decision=answer, rationale=rationale, changes=changes, decider_id=decider_id,
        moment=now(),
    )  # fmt: skip
    await tx.refresh(found)
    if not first:
        raise await already_over(tx, found)
    cut = {"decision": answer[:LONGEST_TOLD], "rationale": rationale[:LONGEST_TOLD]}
    tell(tx, "decision.resolved", found, actor, **cut, status=status, decider_id=decider_id)
    await apply(tx, found, actor=actor)
    await deputies.retire(tx, found, "The question was answered." if answer else "The question was taken back.")


def _seen(decision: Decision | None, decision_id: str, actor: Actor) -> Decision:
    if decision is None or not actor.sees(decision.project_id):
        raise NotFound(
            f"There is no decision {decision_id[:100]!r}. GET /api/v1/decisions lists them.", code="decision_not_found"
        )
    return decision


def _left(found: Decision) -> float:
    return (found.deadline - now()).total_seconds()
