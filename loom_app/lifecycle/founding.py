"""A project with the team it begins with: agents made from personas, paused until a provider works."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import team
from loom_app.agents.models import Agent
from loom_app.agents.schemas import AgentDraft
from loom_app.config import Settings
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.orgchart import service as orgchart
from loom_app.orgchart.schemas import PositionView
from loom_app.projects import service as projects
from loom_app.projects.models import CAME_ALONG, Project
from loom_app.projects.schemas import ProjectDraft

log = get_logger(__name__)
WORKERS = ("qa-engineer", "code-reviewer", "web-designer-engineer", "devops-engineer")
"""Roles that get an agent beside the positions that must be filled."""
NAMED = {"solo": ("ceo", "engineering-manager"), "startup": ("ceo", "engineering-manager", "web-designer")}


async def found(tx: AsyncSession, draft: ProjectDraft, *, settings: Settings, actor: Actor) -> Project:
    """A new project and its team. Raises what making a project raises; a persona that is broken makes no agent."""
    project = await projects.create(tx, draft, settings=settings, actor=actor)
    await staff(tx, project.id, settings, actor=actor.seeing(project.id))
    return project


async def staff(tx: AsyncSession, project_id: str, settings: Settings, *, actor: Actor) -> list[Agent]:
    """An agent for each position that `agents.corp_profile` means and nobody holds; whom it made."""
    if settings.agents.corp_profile == "none":
        return []
    await tx.flush()
    await orgchart.chart_for(tx, project_id)
    chart = await orgchart.view(tx, project_id)
    wanted = _wanted(chart.positions if chart else [], settings)
    made = [await _made(tx, project_id, position, actor) for position in wanted]
    return [agent for agent in made if agent]


def _wanted(positions: Sequence[PositionView], settings: Settings) -> list[PositionView]:
    profile, allowed = settings.agents.corp_profile, settings.agents.allowed_roles
    named = NAMED.get(profile, WORKERS)
    return [
        position
        for position in positions
        if not position.agent_ids
        and (position.role_name in named or profile == "full" or (profile == "standard" and position.required))
        and (not allowed or position.role_name in allowed)
    ]


async def _made(tx: AsyncSession, project_id: str, position: PositionView, actor: Actor) -> Agent | None:
    draft = AgentDraft(persona_name=position.persona_path, project_id=project_id, position_id=position.id)
    try:
        return await team.create(tx, draft, actor=actor, attributes={CAME_ALONG: True})
    except LoomError as error:
        log.warning("nobody made for a position", project=project_id, position=position.id, reason=error.message)
        return None
