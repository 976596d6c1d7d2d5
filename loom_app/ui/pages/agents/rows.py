"""Agents as their page shows them."""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import repository
from loom_app.agents.models import AgentStatus, PausedBecause
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import rfc3339
from loom_app.personas import service as personas
from loom_app.projects import repository as projects
from loom_app.projects.models import Project

MOST = 200
WORDS = {AgentStatus.IDLE: "idle", AgentStatus.WORKING: "at work", AgentStatus.COMPLETE: "complete"}
PAUSED = {PausedBecause.PERSON: "paused by a person", PausedBecause.PROVIDER: "waits for a provider"}
ENDING = {PausedBecause.PERSON: "at work, then pauses", PausedBecause.PROVIDER: "at work, then waits"}


@dataclass
class AgentRow:
    """One agent; `last_active` is RFC 3339."""

    id: str
    name: str
    persona: str
    status: str
    word: str
    bead: str
    last_active: str
    may_pause: bool
    may_resume: bool


@dataclass
class Team:
    """The agents of one project, by their places in its org chart."""

    project_id: str
    project: str
    is_demo: bool
    agents: list[AgentRow] = field(default_factory=list)


@dataclass
class PersonaChoice:
    """A persona to make an agent from."""

    name: str
    title: str
    description: str


async def teams(tx: AsyncSession, actor: Actor) -> tuple[list[Team], list[Project]]:
    """The first two hundred agents `actor` sees by project, and the projects they see."""
    known, _ = await projects.page(tx, actor, MOST, 0)
    by_id = {project.id: project for project in known}
    found, _ = await repository.page(tx, actor, {}, limit=MOST, offset=0)
    made = [_team(project_id, by_id.get(project_id), list(rows)) for project_id, rows in groupby(found, key=_project)]
    return made, list(known)


def persona_choices() -> list[PersonaChoice]:
    """Every persona by its title."""
    found = [PersonaChoice(persona.name, persona.title, persona.description) for persona in personas.list_personas()]
    return sorted(found, key=lambda persona: persona.title)


def word_for(status: str, paused_because: str) -> str:
    """An agent's status as people say it."""
    cause = PausedBecause(paused_because)
    if status == AgentStatus.PAUSED:
        return PAUSED.get(cause, "paused")
    if status == AgentStatus.WORKING:
        return ENDING.get(cause, "at work")
    return WORDS.get(AgentStatus(status), status)


def _project(row: Any) -> str:
    return str(row.project_id)


def _team(project_id: str, project: Project | None, found: list[Any]) -> Team:
    name, is_demo = (project.name, project.is_demo) if project else (project_id, False)
    return Team(project_id, name, is_demo, [_row(agent) for agent in found])


def _row(agent: Any) -> AgentRow:
    held = agent.paused_because == PausedBecause.PERSON
    return AgentRow(
        id=agent.id,
        name=agent.name,
        persona=agent.persona_name.removeprefix("default/").replace("-", " "),
        status=agent.status,
        word=word_for(agent.status, agent.paused_because),
        bead=agent.current_bead,
        last_active=rfc3339(agent.last_active),
        may_pause=not held and agent.status != AgentStatus.COMPLETE,
        may_resume=held or agent.status == AgentStatus.COMPLETE,
    )
