"""What was asked, as its person sees it again."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import Actor
from loom_app.repl import repository
from loom_app.repl.schemas import AnswerView, History


async def history(tx: AsyncSession, actor: Actor, limit: int, offset: int) -> History:
    """What `actor` asked, the newest first."""
    rows = await repository.newest(tx, actor.id, limit, offset)
    proposals = await repository.proposals_of(tx, [row.id for row in rows])
    return History(
        exchanges=[AnswerView.of(row, proposals) for row in rows], total=await repository.count(tx, actor.id)
    )


async def forget(tx: AsyncSession, actor: Actor) -> None:
    """Deletes what `actor` asked."""
    await repository.forget_all(tx, actor.id)
