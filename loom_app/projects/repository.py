"""Queries of projects."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.projects.models import Project, ProjectStatus


async def get(tx: AsyncSession, project_id: str) -> Project | None:
    """The project, to be changed."""
    return await tx.get(Project, project_id)


async def page(tx: AsyncSession, actor: Actor, limit: int, offset: int) -> tuple[Sequence[Project], int]:
    """The projects `actor` sees by name, and how many those are in all."""
    seen = within(actor, col(Project.id))
    query = select(Project).where(seen).order_by(func.lower(Project.name), col(Project.id)).limit(limit).offset(offset)
    total = (await tx.execute(select(func.count()).select_from(Project).where(seen))).scalar_one()
    return (await tx.execute(query)).scalars().all(), total


async def ids(tx: AsyncSession, actor: Actor) -> list[str]:
    """The id of every project `actor` sees."""
    query = select(col(Project.id)).where(within(actor, col(Project.id)))
    return list((await tx.execute(query.order_by(col(Project.id)))).scalars())


async def usual(tx: AsyncSession, actor: Actor) -> Project | None:
    """Of the projects `actor` sees that are not closed `loom`, else the first that was made, the demo's last."""
    query = select(Project).where(within(actor, col(Project.id)), col(Project.status) != ProjectStatus.CLOSED)
    ordered = query.order_by(col(Project.id) != "loom", col(Project.is_demo), col(Project.created_at), col(Project.id))
    return (await tx.execute(ordered.limit(1))).scalars().first()


async def agents_by_project(tx: AsyncSession) -> dict[str, list[str]]:
    """The ids of each project's agents."""
    from loom_app.agents.models import Agent

    found: dict[str, list[str]] = {}
    rows: Sequence[Any] = (await tx.execute(select(col(Agent.project_id), col(Agent.id)).order_by(col(Agent.id)))).all()
    for project_id, agent_id in rows:
        found.setdefault(project_id, []).append(agent_id)
    return found


async def uses(tx: AsyncSession, project_id: str) -> str:
    """What a project still has, in words; empty for nothing."""
    from loom_app.agents.models import Agent
    from loom_app.beads.models import Bead
    from loom_app.decisions.models import Decision

    words = []
    for table, word in ((Bead, "beads"), (Agent, "agents"), (Decision, "decisions")):
        query = select(func.count()).select_from(table).where(col(table.project_id) == project_id)
        count = (await tx.execute(query)).scalar_one()
        words += [f"{count} {word}"] if count else []
    return ", ".join(words)


async def delete_chart(tx: AsyncSession, project_id: str) -> None:
    """Removes the project's org chart."""
    from loom_app.orgchart.models import OrgChart, Position

    charts = select(col(OrgChart.id)).where(col(OrgChart.project_id) == project_id)
    await tx.execute(delete(Position).where(col(Position.org_chart_id).in_(charts)))
    await tx.execute(delete(OrgChart).where(col(OrgChart.project_id) == project_id))
