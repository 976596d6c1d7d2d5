"""What an answer does to the bead that waited for it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.beads import comments
from loom_app.beads import service as beads
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.beads.schemas import BeadChange
from loom_app.decisions import answers, budget_answers, command_answers, repository
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.decisions.recipients import recipient
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.errors import Conflict
from loom_app.projects import closing
from loom_app.projects import service as projects

KEPT = 20
"""How many answers stay in a bead's context; all of them stay in the table of decisions."""
MERGED_NEXT = "Approved: its branch is tested and merged next."
TAKEN_BACK = "Nobody answers this any more: the question was taken back"


async def apply(tx: AsyncSession, decision: Decision, *, actor: Actor = SYSTEM) -> None:
    """Puts question and answer into the bead's context, where the next run reads them, and sends the bead on.

    It is open again at once, however full that column is, its hops forgotten if a person answered, and goes to whom it
    was to be returned, unless another question about it waits; where more information is needed, the reason becomes a
    comment. After a denied escalation it stays blocked, with the reason, until a person moves it. A bead that no longer
    waits, blocked, stays where it is.
    """
    if decision.kind == answers.Kind.CLOSING:
        await _close_project(tx, decision, actor)
    if decision.kind == answers.Kind.BUDGET:
        await budget_answers.take_effect(tx, decision, actor)
    if decision.kind == answers.Kind.COMMAND:
        await command_answers.take_effect(tx, decision, actor)
    bead = await tx.get(Bead, decision.bead_id, with_for_update=True) if decision.bead_id else None
    if bead is None or bead.source_status == TOMBSTONE:
        return
    async with beads.changing(tx, actor, _sentence(decision)):
        heard = [*_heard(bead), await _entry(tx, decision)][-KEPT:]
        await beads.keep_in_context(tx, bead, "decisions", heard, actor=actor)
        await _send_on(tx, bead, decision, actor)


async def _close_project(tx: AsyncSession, decision: Decision, actor: Actor) -> None:
    """Ends the project after an approval, unless it was made perpetual meanwhile, which is stronger."""
    project = await projects.get_to_close(tx, decision.project_id)
    if decision.decision == answers.APPROVE and not project.is_perpetual:
        await closing.close(tx, project, actor=actor, despite_work=True)


async def _send_on(tx: AsyncSession, bead: Bead, decision: Decision, actor: Actor) -> None:
    if bead.status != BeadStatus.BLOCKED or await repository.open_for_bead(tx, bead.id):
        return
    if answers.merges(decision):
        await beads.set_status(tx, bead.id, BeadStatus.BLOCKED, actor=SYSTEM, reason=MERGED_NEXT)
        return
    if not answers.reopens(decision):
        reason = f"{_sentence(decision)} Move the bead to Open to have it taken up all the same."
        await beads.set_status(tx, bead.id, BeadStatus.BLOCKED, actor=SYSTEM, reason=reason)
        return
    # Only a person's answer lets it begin afresh: what agents and deadlines answer could go round for ever.
    fresh = actor.is_person
    await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=SYSTEM, reason=_sentence(decision), restart=fresh)
    if decision.kind == answers.Kind.BUDGET:
        bead.not_before = budget_answers.rests_until(decision)
    await _hand_back(tx, bead, decision, actor)


async def _hand_back(tx: AsyncSession, bead: Bead, decision: Decision, actor: Actor) -> None:
    """Gives the bead to whom it was to be returned, and says as a comment what more they are to find out."""
    back_to = await recipient(tx, bead.project_id, decision.returned_to)
    if back_to:
        await beads.update(tx, bead.id, BeadChange(assigned_to=back_to), actor=actor)
    if decision.decision != answers.MORE:
        return
    try:
        await comments.add(tx, bead.id, f"More information is needed: {decision.rationale}", actor=actor)
    except Conflict:  # so many comments that one more is refused; the answer also stands in the context
        return


def _sentence(decision: Decision) -> str:
    """Why the bead stands where it does now."""
    if decision.status == DecisionStatus.CANCELLED:
        return f"{TAKEN_BACK}: {decision.rationale}"
    if decision.decision == answers.STAY:
        return decision.decision
    if decision.decision == answers.DENY:
        return f"Denied: {decision.rationale}"
    return f"Answered: {decision.decision}"


def _heard(bead: Bead) -> list[Any]:
    heard = bead.context.get("decisions")
    return heard if isinstance(heard, list) else []


async def _entry(tx: AsyncSession, decision: Decision) -> dict[str, str]:
    by_agent = decision.decider_id.startswith("agent-")
    return {
        "id": decision.id,
        "question": decision.question,
        "decision": decision.decision or TAKEN_BACK,
        "rationale": decision.rationale,
        **({"by": await agents.name_of(tx, decision.decider_id)} if by_agent else {}),
        **({"changes": decision.changes} if decision.changes else {}),
    }
