"""Queries of bootstraps."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.bootstrap.models import UNFINISHED, Bootstrap, BootstrapStep
from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.projects.models import Project

MOST_STARTED = 100


async def get(tx: AsyncSession, project_id: str, *, to_change: bool = False) -> Bootstrap | None:
    """The project's bootstrap; as it is now and kept from others when it is `to_change`."""
    return await tx.get(Bootstrap, project_id, with_for_update=to_change)


async def steps(tx: AsyncSession, project_id: str) -> Sequence[BootstrapStep]:
    """Its steps in their order."""
    query = select(BootstrapStep).where(col(BootstrapStep.project_id) == project_id)
    return (await tx.execute(query.order_by(col(BootstrapStep.place)))).scalars().all()


async def of_request(tx: AsyncSession, user_id: str, key: str) -> Bootstrap | None:
    """The bootstrap that `user_id` asked for under an Idempotency-Key."""
    query = select(Bootstrap).where(col(Bootstrap.created_by) == user_id, col(Bootstrap.request_key) == key)
    return (await tx.execute(query)).scalar_one_or_none()


async def neighbours(tx: AsyncSession, actor: Actor) -> Sequence[Any]:
    """Rows (id, name, git_repo) of the projects `actor` sees."""
    columns = (col(Project.id), col(Project.name), col(Project.git_repo))
    return (await tx.execute(select(*columns).where(within(actor, col(Project.id))).order_by(col(Project.id)))).all()


async def unfinished(tx: AsyncSession) -> Sequence[Any]:
    """Rows (project_id, attempt) of the bootstraps under way, the oldest first."""
    columns = (col(Bootstrap.project_id), col(Bootstrap.attempt))
    query = select(*columns).where(col(Bootstrap.status).in_(UNFINISHED)).order_by(col(Bootstrap.created_at))
    return (await tx.execute(query.limit(MOST_STARTED))).all()


async def roles(tx: AsyncSession, project_id: str) -> set[str]:
    """The roles the project has an agent of."""
    return set((await tx.execute(select(col(Agent.role)).where(col(Agent.project_id) == project_id))).scalars())
