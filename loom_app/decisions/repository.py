"""Queries of decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within

COLUMNS = tuple(Decision.__table__.columns)  # type: ignore[attr-defined]


async def get(tx: AsyncSession, decision_id: str) -> Decision | None:
    """The decision as it is now."""
    return await tx.get(Decision, decision_id, populate_existing=True)


async def page(
    tx: AsyncSession,
    actor: Actor,
    *,
    status: DecisionStatus | None,
    priority: int | None,
    project_id: str | None,
    bead_id: str | None,
    limit: int,
    offset: int,
) -> tuple[Sequence[Any], int]:
    """The decisions `actor` sees, the newest first, and how many match in all."""
    asked = (
        (Decision.status, status),
        (Decision.priority, priority),
        (Decision.project_id, project_id),
        (Decision.bead_id, bead_id),
    )
    wanted = [within(actor, col(Decision.project_id))]
    wanted += [col(column) == value for column, value in asked if value is not None]
    query = select(*COLUMNS).where(*wanted).order_by(col(Decision.created_at).desc(), col(Decision.id).desc())
    total = (await tx.execute(select(func.count()).select_from(Decision).where(*wanted))).scalar_one()
    return (await tx.execute(query.limit(limit).offset(offset))).all(), total


async def waiting(tx: AsyncSession) -> Sequence[Any]:
    """Id and deadline of every open decision, the most urgent first."""
    query = select(col(Decision.id), col(Decision.deadline)).where(col(Decision.status) == DecisionStatus.OPEN)
    return (await tx.execute(query.order_by(col(Decision.deadline)))).all()


async def open_for_bead(tx: AsyncSession, bead_id: str) -> Sequence[str]:
    """The ids of the open decisions about a bead."""
    query = select(col(Decision.id)).where(
        col(Decision.bead_id) == bead_id, col(Decision.status) == DecisionStatus.OPEN
    )
    return (await tx.execute(query.order_by(col(Decision.id)))).scalars().all()


async def open_escalation(tx: AsyncSession, bead_id: str) -> Decision | None:
    """The escalation of a bead that waits for an answer, the oldest one."""
    query = select(Decision).where(
        col(Decision.bead_id) == bead_id,
        col(Decision.status) == DecisionStatus.OPEN,
        col(Decision.kind) == "escalation",
    )
    return (await tx.execute(query.order_by(col(Decision.created_at), col(Decision.id)).limit(1))).scalars().first()


async def close(
    tx: AsyncSession,
    decision_id: str,
    *,
    status: DecisionStatus,
    decision: str,
    rationale: str,
    decider_id: str,
    moment: datetime,
) -> bool:
    """Writes the answer if there is none yet; of any number at once exactly one gets True."""
    answered = (
        update(Decision)
        .where(col(Decision.id) == decision_id, col(Decision.status) == DecisionStatus.OPEN)
        .values(status=status, decision=decision, rationale=rationale, decider_id=decider_id, decided_at=moment)
        .returning(col(Decision.id))
        .execution_options(synchronize_session=False)
    )
    return (await tx.execute(answered)).first() is not None
