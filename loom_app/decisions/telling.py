"""What the log is told of decisions, and the refusal of a second answer."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.holders import names
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.errors import Conflict

LONGEST_TOLD = 2_000
"""Longer texts are cut in events; the decision itself has them whole."""
PEOPLE = "people"
"""Whom a decision is with that is assigned to nobody, as the record of delegations names them."""


def tell(tx: AsyncSession, type_: str, decision: Decision, actor: Actor, /, **more: Any) -> None:
    """Appends an event about a decision."""
    data = {
        "decision_id": decision.id,
        "bead_id": decision.bead_id,
        "run_id": decision.run_id,
        "kind": decision.kind,
        "title": decision.title,
        "risk": decision.risk,
        "assigned_to": decision.assigned_to,
        "returned_to": decision.returned_to,
        "requester_id": decision.requester_id,
        **more,
    }
    append(tx, type_, actor=actor, project_id=decision.project_id, subject_id=decision.id, data=data)


async def already_over(tx: AsyncSession, found: Decision) -> Conflict:
    """The refusal of whoever comes after the answer: who gave it, and when."""
    when = rfc3339(found.decided_at) if found.decided_at else "before"
    told = {"decision": found.decision, "decider_id": found.decider_id, "decided_at": when}
    if found.status == DecisionStatus.CANCELLED:
        who = await _name(tx, found.decider_id)
        return Conflict(
            f"{who} took this question back at {when}: {found.rationale[:200]}", code="decision_cancelled", **told
        )
    late = found.decider_id == SYSTEM.id
    who = "the deadline passed and the default" if late else await _name(tx, found.decider_id)
    return Conflict(
        f"This was decided already: {who} said {found.decision[:200]!r} at {when}. Only the first answer counts.",
        code="already_decided",
        **told,
    )


async def _name(tx: AsyncSession, who: str) -> str:
    """What people call a user or agent."""
    return "Loom" if who == SYSTEM.id else (await names(tx, [who])).of(who) or who
