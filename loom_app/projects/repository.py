"""Queries of projects."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.projects.models import CAME_ALONG, Project, ProjectStatus


async def get(tx: AsyncSession, project_id: str) -> Project | None:
    """The project, to be changed."""
    return await tx.get(Project, project_id)


async def kept(tx: AsyncSession, project_id: str) -> Project | None:
    """The project as it is now; until the end of `tx` nobody else changes it or puts anything into it."""
    await tx.flush()
    return await tx.get(Project, project_id, populate_existing=True, with_for_update=True)


async def kept_open(tx: AsyncSession, project_id: str) -> Project | None:
    """The project as it is now; it is not closed before the end of `tx`."""
    await tx.flush()
    shared = {"read": True, "key_share": True}
    return await tx.get(Project, project_id, populate_existing=True, with_for_update=shared)


async def unfinished(tx: AsyncSession, project_id: str) -> int:
    """How many beads of the project are not done."""
    from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus

    query = select(func.count()).select_from(Bead).where(
        col(Bead.project_id) == project_id, col(Bead.status) != BeadStatus.DONE, col(Bead.source_status) != TOMBSTONE
    )  # fmt: skip
    return int((await tx.execute(query)).scalar_one())


async def bead_counts(tx: AsyncSession, project_id: str) -> dict[str, int]:
    """How many beads of the project are in each status."""
    from loom_app.beads.models import TOMBSTONE, Bead

    query = select(col(Bead.status), func.count()).where(
        col(Bead.project_id) == project_id, col(Bead.source_status) != TOMBSTONE
    )
    rows: Sequence[Any] = (await tx.execute(query.group_by(col(Bead.status)))).all()
    return dict(rows)


async def parents(tx: AsyncSession) -> dict[str, str]:
    """Which project each that is a part of another is a part of."""
    query = select(col(Project.id), col(Project.parent_id)).where(col(Project.parent_id).is_not(None))
    return {row.id: row.parent_id for row in await tx.execute(query)}


async def parts(tx: AsyncSession, project_id: str) -> Sequence[Project]:
    """The projects that are parts of this one."""
    return (await tx.execute(select(Project).where(col(Project.parent_id) == project_id))).scalars().all()


async def milestones(tx: AsyncSession, project_id: str) -> Sequence[Any]:
    """The milestones of a project by due date, those without one last."""
    from loom_app.milestones.models import Milestone

    due = col(Milestone.due_date)
    query = select(Milestone).where(col(Milestone.project_id) == project_id)
    return (await tx.execute(query.order_by(due.is_(None), due, col(Milestone.id)).limit(500))).scalars().all()


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
    """The ids of each project's agents, without those whose work there is complete."""
    from loom_app.agents.models import Agent, AgentStatus

    found: dict[str, list[str]] = {}
    query = select(col(Agent.project_id), col(Agent.id)).where(col(Agent.status) != AgentStatus.COMPLETE)
    rows: Sequence[Any] = (await tx.execute(query.order_by(col(Agent.id)))).all()
    for project_id, agent_id in rows:
        found.setdefault(project_id, []).append(agent_id)
    return found


async def uses(tx: AsyncSession, project_id: str) -> str:
    """What a project still has, in words; empty for nothing, which deleted beads and agents it began with are too."""
    from loom_app.agents.models import Agent, AgentStatus
    from loom_app.beads.models import TOMBSTONE, Bead
    from loom_app.decisions.models import Decision, DecisionStatus

    along = col(Agent.attributes)[CAME_ALONG].as_string()
    waiting = col(Decision.status) == DecisionStatus.OPEN
    words = []
    for table, word, which in (
        (Bead, "beads", col(Bead.source_status) != TOMBSTONE),
        (Agent, "agents", or_(along.is_(None), col(Agent.status) == AgentStatus.WORKING)),
        (Decision, "open decisions", waiting),
    ):
        query = select(func.count()).select_from(table).where(col(table.project_id) == project_id, which)
        count = (await tx.execute(query)).scalar_one()
        words += [f"{count} {word if count > 1 else word[:-1]}"] if count else []
    return ", ".join(words)


async def delete_belongings(tx: AsyncSession, project_id: str) -> None:
    """Removes the project's org chart and the questions about it as a whole."""
    from loom_app.decisions.models import Decision
    from loom_app.orgchart.models import OrgChart, Position

    charts = select(col(OrgChart.id)).where(col(OrgChart.project_id) == project_id)
    await tx.execute(delete(Position).where(col(Position.org_chart_id).in_(charts)))
    await tx.execute(delete(OrgChart).where(col(OrgChart.project_id) == project_id))
    await tx.execute(delete(Decision).where(col(Decision.project_id) == project_id))
