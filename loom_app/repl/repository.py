"""Queries of exchanges and proposals."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.repl.models import Exchange, Proposal, ProposalStatus


async def newest(tx: AsyncSession, user_id: str, limit: int, offset: int = 0) -> Sequence[Exchange]:
    """What somebody asked, the newest first."""
    query = select(Exchange).where(col(Exchange.user_id) == user_id)
    newest_first = query.order_by(col(Exchange.at).desc(), col(Exchange.id).desc())
    return (await tx.execute(newest_first.limit(limit).offset(offset))).scalars().all()


async def count(tx: AsyncSession, user_id: str) -> int:
    """How much somebody has asked."""
    query = select(func.count()).select_from(Exchange).where(col(Exchange.user_id) == user_id)
    return int((await tx.execute(query)).scalar_one())


async def proposals_of(tx: AsyncSession, exchange_ids: Sequence[str]) -> Sequence[Proposal]:
    """What was proposed in these exchanges, in order."""
    query = select(Proposal).where(col(Proposal.exchange_id).in_(exchange_ids))
    return (await tx.execute(query.order_by(col(Proposal.id)))).scalars().all()


async def proposal(tx: AsyncSession, proposal_id: str) -> Proposal | None:
    """The proposal as it is now."""
    return await tx.get(Proposal, proposal_id, populate_existing=True)


async def end(tx: AsyncSession, proposal_id: str, status: ProposalStatus, result: str, moment: datetime) -> bool:
    """Ends a proposal that is open; whether it was. Whoever comes at the same moment waits, and finds it ended."""
    ended = update(Proposal).where(col(Proposal.id) == proposal_id, col(Proposal.status) == ProposalStatus.OPEN)
    values = {"status": status.value, "result": result, "ended_at": moment}
    done = await tx.execute(ended.values(**values).execution_options(synchronize_session=False))
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


async def note(tx: AsyncSession, proposal_id: str, result: str) -> None:
    """Writes down what was done."""
    said = update(Proposal).where(col(Proposal.id) == proposal_id).values(result=result)
    await tx.execute(said.execution_options(synchronize_session=False))


async def forget(tx: AsyncSession, user_id: str, *, before: datetime, kept: int) -> None:
    """Deletes everybody's exchanges from before then, and of this person's all but the newest `kept`."""
    mine = select(col(Exchange.id)).where(col(Exchange.user_id) == user_id)
    older = mine.order_by(col(Exchange.at).desc(), col(Exchange.id).desc()).offset(kept).limit(1_000)
    surplus = list((await tx.execute(older)).scalars())
    await tx.execute(delete(Exchange).where(col(Exchange.at) < before))
    if surplus:
        await tx.execute(delete(Exchange).where(col(Exchange.id).in_(surplus)))


async def forget_all(tx: AsyncSession, user_id: str) -> None:
    """Deletes what somebody asked."""
    await tx.execute(delete(Exchange).where(col(Exchange.user_id) == user_id))
