"""REST of agents: made, changed, paused. How they are shown, and how they go, is in the room `staff`."""

from fastapi import APIRouter

from loom_app.agents import service, team
from loom_app.agents.models import Agent
from loom_app.agents.schemas import AgentChange, AgentDraft, AgentView
from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.rest import WriteTx

router = APIRouter(prefix="/api/v1/agents", tags=["agents"])
looked_up("agent_id", lambda tx, agent_id, actor: service.get(tx, agent_id, actor=actor))


@router.post("", status_code=201, dependencies=[requires("agents:write")])
async def create(draft: AgentDraft, tx: WriteTx, actor: CurrentActor) -> AgentView:
    """Makes an agent from a persona."""
    return _shown(await team.create(tx, draft, actor=actor))


@router.put("/{agent_id}", dependencies=[requires("agents:write")])
async def update(agent_id: str, change: AgentChange, tx: WriteTx, actor: CurrentActor) -> AgentView:
    """Gives an agent another name, persona, provider or seat."""
    return _shown(await team.change(tx, agent_id, change, actor=actor))


@router.post("/{agent_id}/pause", dependencies=[requires("agents:write")])
async def pause(agent_id: str, tx: WriteTx, actor: CurrentActor) -> AgentView:
    """Keeps an agent from new work; one at work finishes its run first."""
    return _shown(await service.pause(tx, agent_id, actor=actor))


@router.post("/{agent_id}/resume", dependencies=[requires("agents:write")])
async def resume(agent_id: str, tx: WriteTx, actor: CurrentActor) -> AgentView:
    """Lets an agent work again, at once or as soon as a provider works."""
    return _shown(await service.resume(tx, agent_id, actor=actor))


def _shown(agent: Agent) -> AgentView:
    return AgentView.model_validate(agent)
