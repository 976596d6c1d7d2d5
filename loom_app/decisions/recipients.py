"""Who is meant by a name: whoever gets a bead back once a question is answered, and whoever is to answer."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.auth import memberships
from loom_app.kernel.errors import Invalid


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


async def holder(tx: AsyncSession, project_id: str, name: str) -> str:
    """The one agent or person `name` means: their id.

    Raises Invalid when that is nobody of the project (code `unknown_recipient`) or several (`ambiguous_recipient`).
    """
    found = await recipient(tx, project_id, name)
    if not found:
        raise Invalid(
            f"{name[:100]!r} is neither an agent of the project {project_id!r} nor a person who sees it. "
            "GET /api/v1/agents and the project's members list those there are.",
            code="unknown_recipient",
        )
    several = await agents.called(tx, project_id, found)
    if len(several) > 1:
        raise Invalid(
            f"{name[:100]!r} could be {', '.join(several[:10])}. Name one of them by id.",
            code="ambiguous_recipient",
            ids=several[:10],
        )
    return found
