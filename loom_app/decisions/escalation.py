"""Putting a bead before people: it is set aside until they answer."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.decisions import repository, service
from loom_app.decisions.answers import Kind
from loom_app.decisions.models import Decision
from loom_app.decisions.recipients import recipient
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.errors import Conflict, Invalid

LONGEST_REASON = 2_000
"""What of the question stands on the bead; the decision has it whole."""


async def escalate(tx: AsyncSession, bead_id: str, *, reason: str, returned_to: str = "", actor: Actor) -> Decision:
    """Asks people to approve, deny or want to know more about a bead, and blocks it until then.

    `returned_to` is the agent, role or person who goes on with it afterwards, empty for whoever dispatch finds. Raises
    NotFound, Invalid for an unknown `returned_to`, Conflict for a bead that is done or about which an escalation
    waits already (code `already_escalated`, with its `decision_id`).
    """
    bead = await beads.get_to_change(tx, bead_id, actor)
    if bead.status == BeadStatus.DONE:
        raise Conflict(f"{bead_id} is done; there is nothing left to decide. Open it again first.", code="bead_done")
    waiting = await repository.open_escalation(tx, bead_id)
    if waiting is not None:
        raise _waits(waiting)
    back_to = await recipient(tx, bead.project_id, returned_to)
    if returned_to and not back_to:
        raise Invalid(
            f"{returned_to[:100]!r} is neither an agent, nor a role of the team, nor a person who sees the project "
            f"{bead.project_id!r}. Leave returned_to out to have dispatch choose.",
            code="unknown_recipient",
        )
    asked = await service.open_decision(
        tx, kind=Kind.ESCALATION, bead=bead, question=reason, requester_id=actor.id, returned_to=back_to, actor=actor
    )
    await set_aside(tx, asked)
    return asked


async def set_aside(tx: AsyncSession, asked: Decision) -> None:
    """Blocks the bead that waits for the decision, with the question as the reason, however full that column is."""
    if not asked.bead_id:
        return
    reason = f"Waits for a person's answer ({asked.id}): {asked.question}"
    await beads.set_status(tx, asked.bead_id, BeadStatus.BLOCKED, actor=SYSTEM, reason=reason[:LONGEST_REASON])


def _waits(waiting: Decision) -> Conflict:
    asked = rfc3339(waiting.created_at)
    return Conflict(
        f"{waiting.bead_id} was escalated at {asked} and waits for an answer: {waiting.question[:200]!r}. Answer that "
        f"first, with POST /api/v1/decisions/{waiting.id}/decide.",
        code="already_escalated",
        decision_id=waiting.id,
        asked_at=asked,
    )
