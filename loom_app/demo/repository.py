"""What there is of the demo already."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead


async def personas(tx: AsyncSession, project_id: str) -> set[str]:
    """The personas the project has an agent of."""
    query = select(col(Agent.persona_name)).where(col(Agent.project_id) == project_id)
    return set((await tx.execute(query)).scalars())


async def has_beads(tx: AsyncSession, project_id: str) -> bool:
    """Whether the project has any bead."""
    query = select(col(Bead.id)).where(col(Bead.project_id) == project_id).limit(1)
    return (await tx.execute(query)).first() is not None
