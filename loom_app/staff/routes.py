"""REST of the team: who is on it, what each does, copies, and letting go."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents.models import Agent, AgentStatus
from loom_app.agents.schemas import AgentView
from loom_app.auth.gate import CurrentActor, requires
from loom_app.config import Settings
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger
from loom_app.kernel.rest import AppSettings, Page, ReadTx, WriteTx
from loom_app.personas import service as personas
from loom_app.staff import cloning, retiring, service
from loom_app.staff.schemas import AgentShown, CloneDraft, Retirement

log = get_logger(__name__)
router = APIRouter(prefix="/api/v1/agents", tags=["agents"])


@router.get("", dependencies=[requires("agents:read")])
async def list_agents(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    settings: AppSettings,
    project_id: str | None = None,
    status: AgentStatus | None = None,
    role: str | None = None,
    persona_name: str | None = None,
    q: str = "",
) -> list[AgentShown]:
    """The agents you see, by project and place in its org chart; `q` looks for words in name, role, persona and id."""
    asked = {"project_id": project_id, "status": status, "role": role, "persona_name": persona_name}
    rows, total = await agents.page(tx, actor, asked, words=q, limit=page.limit, offset=page.offset)
    page.announce(request, response, total)
    return await service.shown(tx, rows, settings)


@router.get("/{agent_id}", dependencies=[requires("agents:read")])
async def agent(agent_id: str, tx: ReadTx, settings: AppSettings, actor: CurrentActor) -> AgentShown:
    """One agent with its persona, null when its file is gone or cannot be read."""
    return await _one(tx, await agents.get(tx, agent_id, actor=actor), settings)


@router.delete("/{agent_id}", status_code=204, dependencies=[requires("agents:delete")])
async def delete(agent_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Takes an agent that is not at work off the books."""
    await retiring.delete(tx, agent_id, actor=actor)


@router.post("/{agent_id}/retire", dependencies=[requires("agents:write")])
async def retire(agent_id: str, tx: WriteTx, actor: CurrentActor, wanted: Retirement | None = None) -> AgentView:
    """Lets an agent go: its work is handed back, a run of it stopped, its seat freed; its history stays."""
    reason = wanted.reason if wanted else ""
    return AgentView.model_validate(await retiring.retire(tx, agent_id, reason=reason, actor=actor))


@router.post("/{agent_id}/clone", status_code=201, dependencies=[requires("agents:write")])
async def clone(agent_id: str, wanted: CloneDraft, tx: WriteTx, actor: CurrentActor) -> AgentView:
    """Makes a copy of an agent, in its place unless `replace` is false."""
    return AgentView.model_validate(await cloning.clone(tx, agent_id, wanted, actor=actor))


async def _one(tx: AsyncSession, found: Agent, settings: Settings) -> AgentShown:
    [shown] = await service.shown(tx, [found], settings)
    try:
        persona = personas.get_persona(found.persona_name)
    except LoomError as error:
        log.warning("persona of an agent unreadable", agent=found.id, reason=error.message)
        return shown
    return shown.model_copy(update={"persona": persona})
