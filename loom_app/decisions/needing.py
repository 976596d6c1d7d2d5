"""Beads that somebody blocks because they need a person: people are asked, so that they are not forgotten."""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.decisions import repository
from loom_app.decisions.answers import Kind
from loom_app.decisions.escalation import set_aside
from loom_app.decisions.models import Decision
from loom_app.decisions.opening import open_decision
from loom_app.kernel.actor import SYSTEM

NEEDS = re.compile(r"\b(needs?|requires?) (a |an )?(person|people|human|somebody)\b", re.IGNORECASE)


def needs_a_person(reason: str) -> bool:
    """Whether the reason why a bead is blocked says that a person is needed."""
    return NEEDS.search(reason) is not None


async def ask_about(tx: AsyncSession, bead_id: str, requester_id: str) -> Decision | None:
    """Asks what the bead needs, with its reason as the question; nothing where a question about it waits already."""
    bead = await tx.get(Bead, bead_id, with_for_update=True, populate_existing=True)
    if bead is None or bead.status != BeadStatus.BLOCKED or bead.source_status == TOMBSTONE:
        return None
    if not needs_a_person(bead.status_reason) or await repository.open_for_bead(tx, bead_id):
        return None
    asked = await open_decision(
        tx, kind=Kind.BLOCKED, bead=bead, question=bead.status_reason, requester_id=requester_id, actor=SYSTEM
    )
    await set_aside(tx, asked)
    return asked
