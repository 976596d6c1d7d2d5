"""Queries of agents."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus, PausedBecause
from loom_app.beads.models import Bead, BeadStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.orgchart.models import OrgChart, Position

COLUMNS = tuple(Agent.__table__.columns)  # type: ignore[attr-defined]


async def get(tx: AsyncSession, agent_id: str) -> Agent | None:
    """The agent."""
    return await tx.get(Agent, agent_id)


async def locked(tx: AsyncSession, agent_id: str) -> Agent | None:
    """The agent as it is now, kept from others until the transaction ends."""
    return await tx.get(Agent, agent_id, with_for_update=True)


async def page(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, str | None], *, words: str = "", limit: int, offset: int
) -> tuple[Sequence[Any], int]:
    """The agents `actor` sees by project and place in its org chart, and how many match in all.

    Their columns are as `asked`, and each of the `words` is in their name, role, persona or id.
    """
    wanted = [within(actor, col(Agent.project_id))]
    wanted += [col(getattr(Agent, column)) == value for column, value in asked.items() if value is not None]
    told = (Agent.name, Agent.role, Agent.persona_name, Agent.id)
    wanted += [or_(*(col(column).icontains(word, autoescape=True) for column in told)) for word in words.split()]
    chart = and_(col(Position.org_chart_id) == col(OrgChart.id), col(Position.id) == col(Agent.position_id))
    query = (
        select(*COLUMNS)
        .outerjoin(OrgChart, col(OrgChart.project_id) == col(Agent.project_id))
        .outerjoin(Position, chart)
        .where(*wanted)
        .order_by(col(Agent.project_id), func.coalesce(col(Position.rank), 1_000), col(Agent.name), col(Agent.id))
    )
    total = (await tx.execute(select(func.count()).select_from(Agent).where(*wanted))).scalar_one()
    return (await tx.execute(query.limit(limit).offset(offset))).all(), total


async def names(tx: AsyncSession, project_id: str) -> set[str]:
    """What the project's agents are called."""
    return set((await tx.execute(select(col(Agent.name)).where(col(Agent.project_id) == project_id))).scalars())


async def called(tx: AsyncSession, project_id: str, name: str) -> list[str]:
    """The ids of the project's agents with that id, name or role, large and small letters alike."""
    same = or_(*(func.lower(col(column)) == name.lower() for column in (Agent.id, Agent.name, Agent.role)))
    query = select(col(Agent.id)).where(col(Agent.project_id) == project_id, same).order_by(col(Agent.id))
    return list((await tx.execute(query)).scalars())


async def team(tx: AsyncSession, project_id: str) -> Sequence[Any]:
    """Rows of the project's agents, the longest at rest first."""
    query = select(*COLUMNS).where(col(Agent.project_id) == project_id)
    return (await tx.execute(query.order_by(col(Agent.last_active), col(Agent.id)))).all()


async def idle(tx: AsyncSession) -> Sequence[Any]:
    """Rows of the agents who can take work, the longest idle first."""
    query = select(*COLUMNS).where(col(Agent.status) == AgentStatus.IDLE)
    return (await tx.execute(query.order_by(col(Agent.last_active), col(Agent.id)))).all()


async def at_work_or_idle(tx: AsyncSession) -> Sequence[Agent]:
    """Agents whom nobody has paused, to be changed."""
    free = (AgentStatus.IDLE, AgentStatus.WORKING)
    query = select(Agent).where(col(Agent.status).in_(free), col(Agent.paused_because) == PausedBecause.NOBODY)
    return (await tx.execute(query.order_by(col(Agent.id)).with_for_update())).scalars().all()


async def paused_for_provider(tx: AsyncSession) -> Sequence[Agent]:
    """Agents who wait for a provider, or will when their run ends; to be changed."""
    query = select(Agent).where(col(Agent.paused_because) == PausedBecause.PROVIDER)
    return (await tx.execute(query.order_by(col(Agent.id)).with_for_update())).scalars().all()


async def beads_kept_for(tx: AsyncSession, agent_id: str) -> Sequence[str]:
    """The ids of unfinished beads that only this agent may take."""
    query = select(col(Bead.id)).where(col(Bead.assigned_to) == agent_id, col(Bead.status) != BeadStatus.DONE)
    return (await tx.execute(query.order_by(col(Bead.id)))).scalars().all()
