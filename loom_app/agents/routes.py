"""REST of agents."""

from fastapi import APIRouter, Request, Response

from loom_app.agents import repository, service, team
from loom_app.agents.models import Agent, AgentStatus
from loom_app.agents.schemas import AgentChange, AgentDraft, AgentView
from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.kernel.rest import Page, ReadTx, WriteTx
from loom_app.personas import service as personas

log = get_logger(__name__)
router = APIRouter(prefix="/api/v1/agents", tags=["agents"])
looked_up("agent_id", lambda tx, agent_id, actor: service.get(tx, agent_id, actor=actor))


@router.get("", dependencies=[requires("agents:read")])
async def list_agents(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    project_id: str | None = None,
    status: AgentStatus | None = None,
) -> list[AgentView]:
    """The agents you see, by project and place in its org chart."""
    rows, total = await repository.page(
        tx, actor, project_id=project_id, status=status, limit=page.limit, offset=page.offset
    )
    page.announce(request, response, total)
    return [AgentView.model_validate(row) for row in rows]


@router.post("", status_code=201, dependencies=[requires("agents:write")])
async def create(draft: AgentDraft, tx: WriteTx, actor: CurrentActor) -> AgentView:
    """Makes an agent from a persona."""
    return _shown(await team.create(tx, draft, actor=actor))


@router.get("/{agent_id}", dependencies=[requires("agents:read")])
async def agent(agent_id: str, tx: ReadTx, actor: CurrentActor) -> AgentView:
    """One agent with its persona, null when its file is gone or cannot be read."""
    return _with_persona(await service.get(tx, agent_id, actor=actor))


@router.put("/{agent_id}", dependencies=[requires("agents:write")])
async def update(agent_id: str, change: AgentChange, tx: WriteTx, actor: CurrentActor) -> AgentView:
    """Gives an agent another name."""
    return _with_persona(await team.rename(tx, agent_id, change.name, actor=actor))


@router.delete("/{agent_id}", status_code=204, dependencies=[requires("agents:delete")])
async def delete(agent_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Lets an agent go that is not at work."""
    await team.delete(tx, agent_id, actor=actor)


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


def _with_persona(agent: Agent) -> AgentView:
    try:
        persona = personas.get_persona(agent.persona_name)
    except LoomError as error:
        log.warning("persona of an agent unreadable", agent=agent.id, reason=error.message)
        return _shown(agent)
    return _shown(agent).model_copy(update={"persona": persona})
