"""Queries of milestones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.milestones.models import AHEAD, Milestone, MilestoneDependency


async def get(tx: AsyncSession, milestone_id: str) -> Milestone | None:
    """The milestone, to be changed."""
    return await tx.get(Milestone, milestone_id)


async def count(tx: AsyncSession, project_id: str) -> int:
    """How many milestones the project has."""
    query = select(func.count()).select_from(Milestone).where(col(Milestone.project_id) == project_id)
    return int((await tx.execute(query)).scalar_one())


async def of_project(tx: AsyncSession, project_id: str) -> Sequence[Milestone]:
    """The project's milestones by due date, those without one last."""
    due = col(Milestone.due_date)
    query = select(Milestone).where(col(Milestone.project_id) == project_id)
    return (await tx.execute(query.order_by(due.is_(None), due, col(Milestone.id)))).scalars().all()


async def dependencies(tx: AsyncSession, project_id: str) -> dict[str, list[str]]:
    """What each milestone of the project depends on, by id."""
    query = (
        select(col(MilestoneDependency.milestone_id), col(MilestoneDependency.depends_on_id))
        .join(Milestone, col(Milestone.id) == col(MilestoneDependency.milestone_id))
        .where(col(Milestone.project_id) == project_id)
    )
    found: dict[str, list[str]] = {}
    for row in await tx.execute(query.order_by(col(MilestoneDependency.depends_on_id))):
        found.setdefault(row.milestone_id, []).append(row.depends_on_id)
    return found


async def bead_ids(tx: AsyncSession, project_id: str) -> dict[str, list[tuple[str, bool]]]:
    """The beads of each milestone of the project, and whether each is done."""
    query = select(col(Bead.milestone_id), col(Bead.id), col(Bead.status)).where(
        col(Bead.project_id) == project_id, col(Bead.milestone_id).is_not(None), col(Bead.source_status) != TOMBSTONE
    )  # fmt: skip
    found: dict[str, list[tuple[str, bool]]] = {}
    for row in await tx.execute(query.order_by(col(Bead.id))):
        found.setdefault(row.milestone_id, []).append((row.id, row.status == BeadStatus.DONE))
    return found


async def set_dependencies(tx: AsyncSession, milestone_id: str, wanted: Sequence[str]) -> None:
    """Makes `wanted` what the milestone depends on."""
    await tx.flush()
    await tx.execute(delete(MilestoneDependency).where(col(MilestoneDependency.milestone_id) == milestone_id))
    tx.add_all(MilestoneDependency(milestone_id=milestone_id, depends_on_id=other) for other in wanted)
    await tx.flush()


async def overdue(tx: AsyncSession, moment: datetime) -> Sequence[Any]:
    """The ids of milestones that were to be reached before `moment` and were not."""
    query = select(col(Milestone.id)).where(col(Milestone.status).in_(AHEAD), col(Milestone.due_date) < moment)
    return (await tx.execute(query.order_by(col(Milestone.due_date)).limit(200))).scalars().all()
