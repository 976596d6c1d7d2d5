"""Who gets a bead back once a question about it is answered."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.auth import memberships


async def recipient(tx: AsyncSession, project_id: str, name: str) -> str:
    """Whom a bead is assigned to that is returned to `name`: an agent's or a user's id, or a role several agents have.

    Empty when nobody of the project is meant.
    """
    if not name:
        return ""
    team = await agents.called(tx, project_id, name)
    if team:
        return team[0] if len(team) == 1 else name
    return await memberships.person_called(tx, project_id, name) or ""
