"""Queries of decisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.decisions.models import Decision, DecisionRules, DecisionStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import inserting
from loom_app.kernel.scope import within
from loom_app.reviews.models import ReviewComment

FINISHED = or_(col(Bead.status) == BeadStatus.DONE, col(Bead.source_status) == TOMBSTONE)
COLUMNS = tuple(Decision.__table__.columns)  # type: ignore[attr-defined]


async def get(tx: AsyncSession, decision_id: str) -> Decision | None:
    """The decision as it is now."""
    return await tx.get(Decision, decision_id, populate_existing=True)


async def locked(tx: AsyncSession, decision_id: str) -> Decision | None:
    """The decision as it is now, kept from others until the transaction ends."""
    return await tx.get(Decision, decision_id, with_for_update=True, populate_existing=True)


async def page(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, str | int | None], limit: int, offset: int
) -> tuple[Sequence[Any], int]:
    """The decisions `actor` sees whose columns are as `asked`, the newest first, and how many match in all."""
    wanted = [within(actor, col(Decision.project_id))]
    wanted += [col(getattr(Decision, column)) == value for column, value in asked.items() if value is not None]
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


async def open_with(tx: AsyncSession, who: str) -> Sequence[Decision]:
    """The open decisions that are assigned to `who`, kept from others to the end of `tx`."""
    query = select(Decision).where(col(Decision.assigned_to) == who, col(Decision.status) == DecisionStatus.OPEN)
    return (await tx.execute(query.order_by(col(Decision.id)).with_for_update())).scalars().all()


async def answered_through(tx: AsyncSession, bead_id: str) -> Decision | None:
    """The decision, open or over, that an agent answers through this bead."""
    query = select(Decision).where(col(Decision.answer_bead) == bead_id).order_by(col(Decision.id)).limit(1)
    return (await tx.execute(query)).scalars().first() if bead_id else None


async def unsent_remarks(tx: AsyncSession, run_id: str) -> Sequence[ReviewComment]:
    """What was said of lines of a run's change and was not sent back yet, oldest first."""
    query = select(ReviewComment).where(col(ReviewComment.run_id) == run_id, col(ReviewComment.sent_at).is_(None))
    return (await tx.execute(query.order_by(col(ReviewComment.created_at), col(ReviewComment.id)))).scalars().all()


async def pointless(tx: AsyncSession) -> Sequence[str]:
    """The ids of open decisions whose bead, or the bead through which an agent answers, is done or deleted."""
    with_agent = and_(col(Bead.id) == col(Decision.answer_bead), col(Decision.assigned_to).startswith("agent-"))
    its_bead = or_(col(Bead.id) == col(Decision.bead_id), with_agent)
    query = select(col(Decision.id)).join(Bead, its_bead).where(col(Decision.status) == DecisionStatus.OPEN, FINISHED)
    return (await tx.execute(query.distinct().order_by(col(Decision.id)))).scalars().all()


async def is_finished(tx: AsyncSession, bead_id: str) -> bool:
    """Whether the bead is done or deleted."""
    return (await tx.execute(select(col(Bead.id)).where(col(Bead.id) == bead_id, FINISHED))).first() is not None


async def rules(tx: AsyncSession, project_id: str) -> DecisionRules | None:
    """What agents may decide in a project, if anybody ever said so."""
    return await tx.get(DecisionRules, project_id, populate_existing=True)


async def keep_rules(tx: AsyncSession, rules: DecisionRules) -> None:
    """Writes a project's rules in one statement, whatever stood there."""
    written = inserting(tx, DecisionRules).values(rules.model_dump())
    anew = {name: written.excluded[name] for name in ("risks", "kinds", "per_day", "set_by", "set_at")}
    await tx.execute(written.on_conflict_do_update(index_elements=["project_id"], set_=anew))


async def given_to_agents(tx: AsyncSession, project_id: str, since: datetime) -> int:
    """How many of the project's decisions asked since then went to an agent."""
    given = and_(col(Decision.project_id) == project_id, col(Decision.created_at) > since)
    by_rule = select(func.count()).select_from(Decision).where(given, col(Decision.answer_bead) != "")
    return (await tx.execute(by_rule)).scalar_one()


async def close(
    tx: AsyncSession,
    decision_id: str,
    *,
    status: DecisionStatus,
    decision: str,
    rationale: str,
    changes: str,
    decider_id: str,
    moment: datetime,
) -> bool:
    """Writes the answer if there is none yet; of any number at once exactly one gets True."""
    answered = (
        update(Decision)
        .where(col(Decision.id) == decision_id, col(Decision.status) == DecisionStatus.OPEN)
        .values(
            status=status, decision=decision, rationale=rationale, changes=changes, decider_id=decider_id,
            decided_at=moment,
        )
        .returning(col(Decision.id))
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return (await tx.execute(answered)).first() is not None
