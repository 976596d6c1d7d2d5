"""What people call users and agents."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.auth.models import User


async def names_of(tx: AsyncSession, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of those users and agents that there are."""
    wanted = {each for each in ids if each}
    agents = await tx.execute(select(col(Agent.id), col(Agent.name)).where(col(Agent.id).in_(wanted)))
    users = await tx.execute(select(col(User.id), col(User.username)).where(col(User.id).in_(wanted)))
    return {row[0]: row[1] for row in [*agents, *users]}
