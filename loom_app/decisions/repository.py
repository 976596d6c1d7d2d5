"""Queries of decisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.decisions.models import Decision, DecisionRules, DecisionStatus, ReviewPass, Verdict
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import inserting
from loom_app.kernel.scope import within
from loom_app.projects.models import Project, ProjectStatus
from loom_app.reviews.models import ReviewComment
from loom_app.runs.models import Run

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
    reviews = select(col(ReviewPass.id)).where(col(ReviewPass.answer_bead) == col(Decision.answer_bead))
    by_rule = (
        select(func.count()).select_from(Decision).where(given, col(Decision.answer_bead) != "", ~reviews.exists())
    )
    return (await tx.execute(by_rule)).scalar_one()


async def passes(tx: AsyncSession, decision_id: str) -> Sequence[ReviewPass]:
    """The reviews that were asked of agents before a decision, oldest first."""
    query = select(ReviewPass).where(col(ReviewPass.decision_id) == decision_id)
    return (await tx.execute(query.order_by(col(ReviewPass.asked_at), col(ReviewPass.id)))).scalars().all()


async def passes_about(tx: AsyncSession, *, bead_id: str = "", run_id: str = "") -> Sequence[Any]:
    """(ReviewPass, whether its agent is to answer) of a bead or of one of its runs, oldest first."""
    of = col(ReviewPass.bead_id) == bead_id if bead_id else col(ReviewPass.run_id) == run_id
    query = select(ReviewPass, _is_due()).join(Decision, col(Decision.id) == col(ReviewPass.decision_id)).where(of)
    return (await tx.execute(query.order_by(col(ReviewPass.asked_at), col(ReviewPass.id)))).all()


async def reviews_due(tx: AsyncSession, decision_id: str = "") -> Sequence[Any]:
    """How the reviews stand that agents are to give in open projects: bead, answer bead and agent of each."""
    about, through = aliased(Bead), aliased(Bead)
    columns: tuple[Any, ...] = (
        col(Decision.id), col(ReviewPass.id).label("pass_id"), col(ReviewPass.role), col(ReviewPass.agent),
        col(about.status).label("status"), col(through.status).label("review"), col(through.hops),
        col(Agent.status).label("agent_status"), col(Agent.paused_because), col(Agent.role).label("agent_role"),
        (col(Agent.project_id) == col(Decision.project_id)).label("is_here"), col(ReviewPass.asked_at),
    )  # fmt: skip
    query = (
        select(*columns)
        .join(ReviewPass, col(ReviewPass.decision_id) == col(Decision.id))
        .join(Project, col(Project.id) == col(Decision.project_id))
        .join(about, col(about.id) == col(Decision.bead_id))
        .join(through, col(through.id) == col(ReviewPass.answer_bead))
        .outerjoin(Agent, col(Agent.id) == col(ReviewPass.agent_id))
        .where(_is_due(), col(Project.status) != ProjectStatus.CLOSED)
    )
    wanted = query.where(col(Decision.id) == decision_id) if decision_id else query
    return (await tx.execute(wanted.order_by(col(Decision.id)))).all()


async def rejections(tx: AsyncSession, bead_id: str) -> int:
    """How often agents have rejected the work on a bead since people last answered about it."""
    by_people = select(func.max(col(Decision.decided_at))).where(
        col(Decision.bead_id) == bead_id, col(Decision.kind) == "review",
        col(Decision.status) == DecisionStatus.DECIDED, ~col(Decision.decider_id).startswith("agent-"),
    )  # fmt: skip
    since = (await tx.execute(by_people)).scalar_one_or_none()
    count = select(func.count()).where(col(ReviewPass.bead_id) == bead_id, col(ReviewPass.verdict) == Verdict.REJECTED)
    return (await tx.execute(count.where(col(ReviewPass.answered_at) > since) if since else count)).scalar_one()


async def open_reviews(tx: AsyncSession, bead_id: str) -> Sequence[str]:
    """The ids of the open questions whether work on a bead is merged."""
    query = select(col(Decision.id)).where(
        col(Decision.bead_id) == bead_id, col(Decision.status) == DecisionStatus.OPEN, col(Decision.kind) == "review"
    )
    return (await tx.execute(query.order_by(col(Decision.id)))).scalars().all()


async def who_worked_on(tx: AsyncSession, bead_id: str) -> set[str]:
    """The agents that ever had a run of a bead; who only talked about it has not worked on it."""
    query = select(col(Run.agent_id)).where(col(Run.bead_id) == bead_id, col(Run.terminal_reason) != "paired")
    return set((await tx.execute(query.distinct())).scalars())


def _is_due() -> ColumnElement[bool]:
    """Whether the agent of a pass is the one whose answer its decision waits for."""
    return and_(
        col(Decision.status) == DecisionStatus.OPEN, col(Decision.assigned_to) == col(ReviewPass.agent_id),
        col(Decision.answer_bead) == col(ReviewPass.answer_bead), col(ReviewPass.verdict) == Verdict.NONE,
    )  # fmt: skip


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
