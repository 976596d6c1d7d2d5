"""What people say about a decision before it is answered, and after."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.decisions import service
from loom_app.decisions.models import DecisionComment
from loom_app.decisions.telling import tell
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict
from loom_app.kernel.ids import new_id

MOST = 500
LONGEST_TOLD = 500


async def of_decision(tx: AsyncSession, decision_id: str, *, actor: Actor) -> Sequence[DecisionComment]:
    """What was said about a decision, oldest first. Raises NotFound."""
    await service.get(tx, decision_id, actor=actor)
    query = select(DecisionComment).where(col(DecisionComment.decision_id) == decision_id)
    return (await tx.execute(query.order_by(col(DecisionComment.created_at), col(DecisionComment.id)))).scalars().all()


async def add(tx: AsyncSession, decision_id: str, content: str, *, actor: Actor) -> DecisionComment:
    """Says something about a decision. Raises NotFound, and Conflict for one comment too many."""
    found = await service.get(tx, decision_id, actor=actor)
    of_it = select(func.count()).where(col(DecisionComment.decision_id) == decision_id)
    if (await tx.execute(of_it)).scalar_one() >= MOST:
        raise Conflict(f"There are {MOST} comments already, the most there may be.", code="too_many_comments")
    said = DecisionComment(
        id=new_id("dcmt"), decision_id=found.id, author_id=actor.id, author=actor.name, content=content
    )
    tx.add(said)
    tell(tx, "decision.commented", found, actor, comment_id=said.id, content=content[:LONGEST_TOLD])
    return said
