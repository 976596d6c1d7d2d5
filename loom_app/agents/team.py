"""Who is on the team: making agents from personas, naming them, letting them go."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import repository, service
from loom_app.agents.models import Agent, AgentStatus, PausedBecause
from loom_app.agents.schemas import AgentChange, AgentDraft
from loom_app.beads import service as beads
from loom_app.beads.schemas import BeadChange
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.kernel.ids import new_id
from loom_app.orgchart import service as orgchart
from loom_app.personas import service as personas
from loom_app.personas.models import Persona
from loom_app.projects import service as projects
from loom_app.providers import service as providers


async def create(
    tx: AsyncSession, draft: AgentDraft, *, actor: Actor = SYSTEM, attributes: Mapping[str, Any] | None = None
) -> Agent:
    """A new agent in a free seat of its role; idle when a provider works, else paused until one does.

    Raises NotFound for an unknown persona, project or provider and Conflict when every seat of the role is taken.
    """
    persona = personas.get_persona(draft.persona_name)
    await projects.get_open(tx, draft.project_id, actor=actor)
    if draft.provider_id:
        await providers.get(tx, draft.provider_id, actor=actor)
    position_id = draft.position_id or await orgchart.free_seat(tx, draft.project_id, persona.role)
    if draft.position_id:
        await orgchart.take_seat(tx, draft.project_id, draft.position_id)
    ready = await providers.working(tx) is not None
    agent = Agent(
        id=new_id("agent"),
        name=draft.name or await _free_name(tx, draft.project_id, persona),
        role=persona.role,
        persona_name=persona.name,
        project_id=draft.project_id,
        provider_id=draft.provider_id,
        position_id=position_id,
        status=AgentStatus.IDLE if ready else AgentStatus.PAUSED,
        paused_because=PausedBecause.NOBODY if ready else PausedBecause.PROVIDER,
        status_reason=f"{actor.name} added it to the team." if ready else service.NO_PROVIDER,
        attributes=dict(attributes or {}),
    )
    tx.add(agent)
    await tx.flush()
    data = {"name": agent.name, "role": agent.role, "persona_name": agent.persona_name, "status": agent.status}
    append(tx, "agent.spawned", actor=actor, project_id=agent.project_id, subject_id=agent.id, data=data)
    return agent


async def change(tx: AsyncSession, agent_id: str, wanted: AgentChange, *, actor: Actor) -> Agent:
    """The agent with `wanted` applied; another persona brings its role along, and that role's seat if one is free.

    A run that is on keeps the persona and provider it began with. Raises NotFound for an unknown persona, provider or
    position and Conflict for a seat that is taken.
    """
    agent = await service.get(tx, agent_id, actor=actor, to_change=True)
    given = wanted.model_dump(exclude_none=True)
    fields = {name: value for name, value in given.items() if getattr(agent, name) != value}
    if fields.get("provider_id"):
        await providers.get(tx, fields["provider_id"], actor=actor)
    if "persona_name" in fields:
        fields |= await _other_persona(tx, agent, fields)
    if fields.get("position_id") and fields["position_id"] != agent.position_id:
        await orgchart.take_seat(tx, agent.project_id, fields["position_id"], agent.id)
    for name, value in fields.items():
        setattr(agent, name, value)
    if fields:
        data = {"fields": fields, "name": agent.name}
        append(tx, "agent.updated", actor=actor, project_id=agent.project_id, subject_id=agent.id, data=data)
    return agent


async def _other_persona(tx: AsyncSession, agent: Agent, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What changes with the persona: its whole name, the role, and the seat unless one is named or the role stays."""
    persona = personas.get_persona(fields["persona_name"])
    if persona.role == agent.role:
        return {"persona_name": persona.name}
    seat = fields.get("position_id")
    if seat is None:
        seat = await orgchart.free_seat(tx, agent.project_id, persona.role)
    return {"persona_name": persona.name, "role": persona.role, "position_id": seat}


async def assign(tx: AsyncSession, agent_id: str, project_id: str, *, actor: Actor) -> Agent:
    """Has an agent work for the project, wherever it worked before; one that does already is left as it is.

    Raises NotFound, Conflict while it works on a bead elsewhere, for a closed project and when every seat of its role
    is taken.
    """
    agent = await service.get(tx, agent_id, actor=actor, to_change=True)
    here = agent.project_id == project_id
    if here and agent.status != AgentStatus.COMPLETE:
        return agent
    await projects.get_open(tx, project_id, actor=actor)
    if not here:
        _refuse_working(agent)
        await _leave(tx, agent, actor)
        agent.project_id = project_id
    agent.position_id = await orgchart.free_seat(tx, project_id, agent.role)
    await tx.flush()
    _tell_team(tx, "agent.assigned", agent, actor)
    if agent.status == AgentStatus.COMPLETE:
        await service.start_again(tx, agent, actor=actor)
    return agent


async def unassign(tx: AsyncSession, agent_id: str, project_id: str, *, actor: Actor) -> Agent:
    """Ends an agent's work for the project: it is complete and its seat is free, until it is assigned again.

    Raises NotFound for an agent of another project, Conflict while it works.
    """
    agent = await service.get(tx, agent_id, actor=actor, to_change=True)
    if agent.project_id != project_id:
        raise NotFound(f"{agent.name} ({agent.id}) does not work for {project_id!r}.", code="agent_elsewhere")
    _refuse_working(agent)
    if agent.status != AgentStatus.COMPLETE:
        await _leave(tx, agent, actor)
        agent.position_id = ""
        await service.set_status(
            tx, agent_id, AgentStatus.COMPLETE, because=f"{actor.name} took it off the project.", actor=actor
        )
    return agent


async def _leave(tx: AsyncSession, agent: Agent, actor: Actor) -> None:
    await hand_back(tx, agent, actor)
    _tell_team(tx, "agent.unassigned", agent, actor)


async def hand_back(tx: AsyncSession, agent: Agent, actor: Actor, *, to: str = "") -> None:
    """Lets anybody, or the agent `to`, take the unfinished beads that only this one might; not the one it is at."""
    for bead_id in await repository.beads_kept_for(tx, agent.id):
        if bead_id != agent.current_bead:
            await beads.update(tx, bead_id, BeadChange(assigned_to=to), actor=actor)


def _tell_team(tx: AsyncSession, type_: str, agent: Agent, actor: Actor) -> None:
    data = {"name": agent.name, "role": agent.role}
    append(tx, type_, actor=actor, project_id=agent.project_id, subject_id=agent.id, data=data)


def _refuse_working(agent: Agent) -> None:
    if agent.status == AgentStatus.WORKING:
        raise Conflict(
            f"{agent.name} works on {agent.current_bead}. Cancel that run or wait for its end first.",
            code="agent_working",
            bead_id=agent.current_bead,
        )


async def delete(tx: AsyncSession, agent_id: str, *, actor: Actor) -> None:
    """Lets an agent go: its seat is free, beads kept for it alone are anybody's. Raises Conflict while it works."""
    agent = await service.get(tx, agent_id, actor=actor, to_change=True)
    _refuse_working(agent)
    await hand_back(tx, agent, actor)
    await tx.delete(agent)
    data = {"name": agent.name, "role": agent.role}
    append(tx, "agent.deleted", actor=actor, project_id=agent.project_id, subject_id=agent.id, data=data)


async def _free_name(tx: AsyncSession, project_id: str, persona: Persona) -> str:
    """The persona's title; with a number when the project has an agent of that name."""
    title = persona.title
    taken = await repository.names(tx, project_id)
    numbered = (f"{title} {number}" for number in range(2, len(taken) + 3))
    return title if title not in taken else next(name for name in numbered if name not in taken)
