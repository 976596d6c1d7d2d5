"""Another agent like one there is, beside it or in its place."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents import team
from loom_app.agents.models import Agent
from loom_app.agents.schemas import AgentDraft
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import NotFound
from loom_app.personas import editing
from loom_app.personas import service as personas
from loom_app.personas.editing import Why
from loom_app.personas.models import Cause, Persona
from loom_app.staff import retiring
from loom_app.staff.schemas import CloneDraft


async def clone(tx: AsyncSession, agent_id: str, wanted: CloneDraft, *, actor: Actor) -> Agent:
    """A new agent with the persona, project and provider of another; with `replace` that one is let go.

    Raises NotFound for an unknown agent or source persona, what making the persona raises, and Conflict when every
    seat of the role is taken.
    """
    agent = await agents.get(tx, agent_id, actor=actor, to_change=True)
    persona = await _persona(tx, agent, wanted, actor)
    seat = agent.position_id if wanted.replace and persona.role == agent.role else ""
    if wanted.replace:
        agent.position_id = ""
        await tx.flush()
    draft = AgentDraft(
        name=wanted.new_agent_name, persona_name=persona.name, project_id=agent.project_id,
        provider_id=agent.provider_id, position_id=seat,
    )  # fmt: skip
    made = await team.create(tx, draft, actor=actor)
    if wanted.replace:
        await team.hand_back(tx, agent, actor, to=made.id)
        await retiring.retire(tx, agent.id, reason=f"{made.name} takes its place.", actor=actor)
    return made


async def _persona(tx: AsyncSession, agent: Agent, wanted: CloneDraft, actor: Actor) -> Persona:
    """The persona of the copy: the source's, or the one that is named, made from the source if it is not there."""
    source = wanted.source_persona or agent.persona_name
    if not wanted.new_persona_name:
        return personas.get_persona(source)
    try:
        return personas.get_persona(wanted.new_persona_name)
    except NotFound:
        made = await editing.clone(tx, source, wanted.new_persona_name, Why(Cause.CLONED), actor=actor)
        return personas.parsed(made.persona, made.text)
