"""Queries of motivations and their firings."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.columns import table
from loom_app.kernel.scope import within
from loom_app.milestones.models import AHEAD, Milestone, MilestoneStatus
from loom_app.motivations.models import BY_HAND, SLOT, Motivation, MotivationCause, MotivationTrigger
from loom_app.projects.models import Project, ProjectStatus

CAUSES = table(MotivationCause)


async def get(tx: AsyncSession, motivation_id: str) -> Motivation | None:
    """The motivation, to be changed."""
    return await tx.get(Motivation, motivation_id)


def shown_to(actor: Actor) -> ColumnElement[bool]:
    """The motivations that `actor` may know of: those of projects they see, and those of every project."""
    return or_(col(Motivation.project_id).is_(None), within(actor, col(Motivation.project_id)))


async def page(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, Any], *, limit: int, offset: int
) -> tuple[Sequence[Motivation], int]:
    """The motivations `actor` may know of that match, by role and priority, and how many match."""
    wanted = [shown_to(actor), *_matching(asked)]
    total = (await tx.execute(select(func.count()).select_from(Motivation).where(*wanted))).scalar_one()
    query = select(Motivation).where(*wanted)
    order = (col(Motivation.agent_role), col(Motivation.priority).desc(), col(Motivation.name), col(Motivation.id))
    return (await tx.execute(query.order_by(*order).limit(limit).offset(offset))).scalars().all(), total


def _matching(asked: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    found = [
        col(getattr(Motivation, name)) == asked[name]
        for name in ("type", "condition", "agent_role", "enabled")
        if asked.get(name) is not None
    ]
    if asked.get("project_id") is not None:
        found.append(or_(col(Motivation.project_id) == asked["project_id"], col(Motivation.project_id).is_(None)))
    if asked.get("built_in") is not None:
        found.append(col(Motivation.key).is_not(None) if asked["built_in"] else col(Motivation.key).is_(None))
    return found


async def roles(tx: AsyncSession, actor: Actor) -> Sequence[Any]:
    """Rows of role, number of motivations and number of those that are enabled, by role."""
    enabled = func.count().filter(col(Motivation.enabled).is_(True)).label("enabled")
    query: Any = select(col(Motivation.agent_role).label("role"), func.count().label("total"), enabled)
    query = query.where(shown_to(actor)).group_by(col(Motivation.agent_role)).order_by(col(Motivation.agent_role))
    found: Sequence[Any] = (await tx.execute(query)).all()
    return found


async def count(tx: AsyncSession) -> int:
    """How many motivations there are."""
    return (await tx.execute(select(func.count()).select_from(Motivation))).scalar_one()


async def history(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, Any], *, limit: int, offset: int
) -> tuple[Sequence[MotivationTrigger], int]:
    """The firings in projects `actor` sees that match, the newest first, and how many match."""
    wanted = [within(actor, col(MotivationTrigger.project_id))]
    wanted += [
        col(getattr(MotivationTrigger, name)) == asked[name]
        for name in ("motivation_id", "project_id", "result", "bead_created", "agent_woken")
        if asked.get(name) is not None
    ]
    total = (await tx.execute(select(func.count()).select_from(MotivationTrigger).where(*wanted))).scalar_one()
    query = select(MotivationTrigger).where(*wanted).order_by(col(MotivationTrigger.seq).desc())
    return (await tx.execute(query.limit(limit).offset(offset))).scalars().all(), total


async def firings(tx: AsyncSession, actor: Actor, motivation_ids: Sequence[str]) -> dict[str, tuple[datetime, int]]:
    """When each of those that fired did so last, in projects `actor` sees, and how often."""
    columns = (col(MotivationTrigger.motivation_id), func.max(col(MotivationTrigger.triggered_at)), func.count())
    of = (col(MotivationTrigger.motivation_id).in_(motivation_ids), within(actor, col(MotivationTrigger.project_id)))
    rows = await tx.execute(select(*columns).where(*of).group_by(col(MotivationTrigger.motivation_id)))
    return {row[0]: (row[1], row[2]) for row in rows}


async def built_in(tx: AsyncSession) -> dict[str, Motivation]:
    """The motivations that come with Loom, by key, to be changed."""
    found = (await tx.execute(select(Motivation).where(col(Motivation.key).is_not(None)))).scalars()
    return {str(one.key): one for one in found}


async def deadlines(tx: AsyncSession, since: datetime, until: datetime) -> Sequence[Any]:
    """Rows of the milestones due between two moments that are neither reached nor called off."""
    open_ones = col(Milestone.status).in_((*AHEAD, MilestoneStatus.MISSED))
    columns = (Milestone.id, Milestone.project_id, Milestone.type, Milestone.name, Milestone.due_date)
    query = select(*map(col, columns)).where(open_ones, col(Milestone.due_date).between(since, until))
    return (await tx.execute(query.order_by(col(Milestone.due_date), col(Milestone.id)))).all()


async def enabled(tx: AsyncSession) -> Sequence[Motivation]:
    """The motivations that are on."""
    query = select(Motivation).where(col(Motivation.enabled).is_(True)).order_by(col(Motivation.id))
    return (await tx.execute(query)).scalars().all()


async def locked(tx: AsyncSession, motivation_id: str) -> Motivation | None:
    """The motivation as it is now, kept from others until the transaction ends."""
    return await tx.get(Motivation, motivation_id, populate_existing=True, with_for_update=True)


async def still_enabled(tx: AsyncSession, motivation_ids: Iterable[str]) -> dict[str, Motivation]:
    """Those of these that are on, as they are now and kept from others until the transaction ends."""
    query = select(Motivation).where(col(Motivation.id).in_(sorted(motivation_ids))).order_by(col(Motivation.id))
    found = await tx.execute(query.with_for_update(), execution_options={"populate_existing": True})
    return {one.id: one for one in found.scalars() if one.enabled}


async def team(tx: AsyncSession) -> Sequence[Any]:
    """Rows of id, project_id, name, role, status and paused_because of the agents on a team."""
    columns = (Agent.id, Agent.project_id, Agent.name, Agent.role, Agent.status, Agent.paused_because)
    query = select(*map(col, columns)).where(col(Agent.status) != AgentStatus.COMPLETE)
    return (await tx.execute(query.order_by(col(Agent.last_active), col(Agent.id)))).all()


async def open_projects(tx: AsyncSession) -> Sequence[Any]:
    """Rows of id, name, created_at, due_date and branch_red of the open projects."""
    columns = (Project.id, Project.name, Project.created_at, Project.due_date, Project.branch_red)
    query = select(*map(col, columns)).where(col(Project.status) != ProjectStatus.CLOSED)
    return (await tx.execute(query.order_by(col(Project.id)))).all()


async def forget(tx: AsyncSession, kept: int) -> None:
    """Forgets the oldest firings beyond so many, and the causes they were for as far as these cannot hold once more.

    An event is heard once, and a slot of an interval is over when the next one has come. A date, a month or a time of
    rest goes on holding, however much else fires meanwhile.
    """
    last = await tx.execute(
        select(col(MotivationTrigger.seq)).order_by(col(MotivationTrigger.seq).desc()).offset(kept).limit(1)
    )
    seq = last.scalar()
    if seq is None:
        return
    await tx.execute(delete(MotivationTrigger).where(col(MotivationTrigger.seq) <= seq))
    there = exists().where(col(MotivationTrigger.id) == CAUSES.c.trigger_id)
    newer = CAUSES.alias()
    later = exists().where(
        newer.c.motivation_id == CAUSES.c.motivation_id, newer.c.project_id == CAUSES.c.project_id,
        newer.c.cause.startswith(SLOT), newer.c.cause > CAUSES.c.cause,
    )  # fmt: skip
    over = or_(CAUSES.c.seq > 0, CAUSES.c.cause.startswith(BY_HAND), and_(CAUSES.c.cause.startswith(SLOT), later))
    await tx.execute(delete(CAUSES).where(CAUSES.c.trigger_id != "", ~there, over))
