"""Queries of talks: of runs that people lead, as this room sees them."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.columns import table
from loom_app.runs.models import Nudge, RunAction, Turn

TURNS = table(Turn)


async def turn(tx: AsyncSession, run_id: str, number: int) -> Turn:
    """One turn as it is now."""
    return await tx.get_one(Turn, (run_id, number), populate_existing=True)


async def turns(tx: AsyncSession, run_id: str, since: int = 0) -> Sequence[Turn]:
    """The turns from number `since` on, in order."""
    query = select(Turn).where(col(Turn.run_id) == run_id, col(Turn.number) >= since).order_by(col(Turn.number))
    return (await tx.execute(query)).scalars().all()


async def last(tx: AsyncSession, run_id: str) -> Turn | None:
    """The newest turn."""
    query = select(Turn).where(col(Turn.run_id) == run_id).order_by(col(Turn.number).desc()).limit(1)
    return (await tx.execute(query)).scalars().first()


async def actions(tx: AsyncSession, run_id: str, since: int = 0) -> Sequence[RunAction]:
    """The actions of the turns from number `since` on, in order."""
    query = select(RunAction).where(col(RunAction.run_id) == run_id, col(RunAction.turn) >= since)
    return (await tx.execute(query.order_by(col(RunAction.turn), col(RunAction.position)))).scalars().all()


async def messages(tx: AsyncSession, run_id: str, since: int = 0) -> Sequence[Nudge]:
    """What the person said from turn `since` on, in order."""
    query = select(Nudge).where(col(Nudge.heard_run_id) == run_id, col(Nudge.heard_turn) >= since)
    return (await tx.execute(query.order_by(col(Nudge.heard_turn)))).scalars().all()


async def last_message(tx: AsyncSession, run_id: str) -> Nudge | None:
    """What the person said last."""
    query = select(Nudge).where(col(Nudge.heard_run_id) == run_id).order_by(col(Nudge.heard_turn).desc()).limit(1)
    return (await tx.execute(query)).scalars().first()


async def count(tx: AsyncSession, run_id: str) -> int:
    """How many messages there are, the person's and the model's."""
    told = select(func.count()).select_from(Nudge).where(col(Nudge.heard_run_id) == run_id)
    answered = select(func.count()).where(col(Turn.run_id) == run_id, col(Turn.replied_at).is_not(None))
    return (await tx.execute(told)).scalar_one() + (await tx.execute(answered)).scalar_one()


async def heard(tx: AsyncSession, run_id: str, number: int, text: str) -> None:
    """Adds to what there is of an answer that is still coming."""
    this = TURNS.c.run_id == run_id, TURNS.c.number == number, TURNS.c.replied_at.is_(None)
    await tx.execute(update(TURNS).where(*this).values(said=TURNS.c.said + text))
