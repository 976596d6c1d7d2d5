"""Queries of org charts. Who fills a position is what the agents' rows say, kept nowhere else."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.kernel.database import inserting
from loom_app.orgchart.models import OrgChart, OrgChartTemplate, Position


class Holder(NamedTuple):
    """An agent who fills a position."""

    id: str
    name: str
    role: str


async def of_project(tx: AsyncSession, project_id: str) -> OrgChart | None:
    """The project's chart."""
    query = select(OrgChart).where(col(OrgChart.project_id) == project_id)
    return (await tx.execute(query)).scalar_one_or_none()


async def positions(tx: AsyncSession, chart_id: str) -> Sequence[Position]:
    """The chart's positions, top down."""
    query = select(Position).where(col(Position.org_chart_id) == chart_id)
    return (await tx.execute(query.order_by(col(Position.rank), col(Position.id)))).scalars().all()


async def positions_of_role(tx: AsyncSession, chart_id: str, role: str) -> Sequence[Position]:
    """The positions for `role`, locked so that those who count their seats do so one after the other."""
    query = select(Position).where(col(Position.org_chart_id) == chart_id, col(Position.role_name) == role)
    return (await tx.execute(query.order_by(col(Position.rank), col(Position.id)).with_for_update())).scalars().all()


async def position(tx: AsyncSession, chart_id: str, position_id: str) -> Position | None:
    """One position, locked for whoever counts its seats."""
    return await tx.get(Position, (chart_id, position_id), with_for_update=True, populate_existing=True)


async def locked(tx: AsyncSession, chart_id: str) -> OrgChart:
    """The chart as it is now, kept from others to the end of `tx`."""
    return await tx.get_one(OrgChart, chart_id, with_for_update=True, populate_existing=True)


async def replace_positions(tx: AsyncSession, chart_id: str, rows: Sequence[Position]) -> None:
    """Puts `rows` in place of the chart's positions."""
    await tx.execute(delete(Position).where(col(Position.org_chart_id) == chart_id))
    await tx.execute(insert(Position), [row.model_dump() for row in rows])


async def seat(tx: AsyncSession, agent_id: str, position_id: str) -> None:
    """Writes where an agent sits."""
    await tx.execute(update(Agent).where(col(Agent.id) == agent_id).values({col(Agent.position_id): position_id}))


async def holders(tx: AsyncSession, project_id: str) -> dict[str, list[Holder]]:
    """Position id → the agents who fill it, longest-serving first."""
    columns = (col(Agent.position_id), col(Agent.id), col(Agent.name), col(Agent.role))
    query = select(*columns).where(col(Agent.project_id) == project_id, col(Agent.position_id) != "")
    found: dict[str, list[Holder]] = defaultdict(list)
    for position_id, *agent in await tx.execute(query.order_by(col(Agent.started_at), col(Agent.id))):
        found[position_id].append(Holder(*agent))
    return found


async def templates(tx: AsyncSession) -> Sequence[OrgChartTemplate]:
    """The templates people saved, by name."""
    query = select(OrgChartTemplate).order_by(func.lower(OrgChartTemplate.name), col(OrgChartTemplate.id))
    return (await tx.execute(query)).scalars().all()


async def default_template(tx: AsyncSession) -> OrgChartTemplate | None:
    """The saved template that is the default, if one is."""
    query = select(OrgChartTemplate).where(col(OrgChartTemplate.is_default).is_(True)).limit(1)
    return (await tx.execute(query)).scalar_one_or_none()


async def holder_names(tx: AsyncSession, project_id: str, position_id: str, *, besides: str = "") -> Sequence[str]:
    """The names of the agents who fill a position, without the agent `besides`."""
    query = select(col(Agent.name)).where(col(Agent.project_id) == project_id, col(Agent.position_id) == position_id)
    query = query.where(col(Agent.id) != besides)
    return (await tx.execute(query.order_by(col(Agent.started_at)))).scalars().all()


async def add_missing(tx: AsyncSession, table: type[OrgChart | Position], rows: list[dict[str, Any]]) -> None:
    """Inserts `rows` in one statement; those that are there already stay as they are."""
    await tx.execute(inserting(tx, table).values(rows).on_conflict_do_nothing())
