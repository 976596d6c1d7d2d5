"""Reviews that agents will not give any more are asked of others, and those that nobody needs are taken back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.models import BeadStatus
from loom_app.decisions import passes, repository, service
from loom_app.decisions.models import ReviewPass
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict

LATE = timedelta(hours=24)
"""After how long people are asked in place of an agent that has not begun."""
MOST_TRIES = 3
"""After how many runs without a verdict a review is asked of somebody else."""


async def stuck(tx: AsyncSession) -> Sequence[str]:
    """The decisions that wait for a review which does not come, or which nobody needs."""
    return [row.id for row in await repository.reviews_due(tx) if _is_moved(row) or _trouble(row)]


async def free(tx: AsyncSession, decision_ids: Sequence[str]) -> None:
    """Asks others for those of the reviews that still do not come, and takes back those that nobody needs."""
    for decision_id in decision_ids:
        try:
            decision = await service.get_open(tx, decision_id, SYSTEM)
        except Conflict:  # somebody answered it since it was found
            continue
        for row in await repository.reviews_due(tx, decision_id):
            if _is_moved(row):
                await service.cancel(tx, decision_id, reason="Its bead was moved on meanwhile.", actor=SYSTEM)
            elif why := _trouble(row):
                given = await tx.get_one(ReviewPass, row.pass_id)
                to_people = row.review == BeadStatus.DONE or _is_late(row)
                await passes.hand_on(tx, decision, given, why, to_people=to_people)


def _is_moved(row: Any) -> bool:
    return bool(row.status != BeadStatus.BLOCKED)


def _trouble(row: Any) -> str:
    """Why the review will not come, in a sentence; "" when it may."""
    if row.agent_status is None or not row.is_here or row.agent_role != row.role:
        return f"{row.agent} is no {row.role} of the project any more."
    if not passes.is_there(row.agent_status, row.paused_because):
        return f"{row.agent} is kept from work."
    if row.review == BeadStatus.DONE:
        return f"{row.agent} left it to people."
    if _is_late(row):
        return f"{row.agent} did not get to it in {LATE.total_seconds() / 3600:.0f} hours."
    if row.review == BeadStatus.OPEN and row.hops >= MOST_TRIES:
        return f"{row.agent} came to no verdict in {row.hops} runs."
    return ""


def _is_late(row: Any) -> bool:
    return bool(row.review == BeadStatus.OPEN and row.asked_at < now() - LATE)
