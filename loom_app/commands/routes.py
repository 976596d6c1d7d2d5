"""REST of commands."""

from fastapi import APIRouter, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, one_stream, requires
from loom_app.commands import service
from loom_app.commands.schemas import CommandRequest, CommandView
from loom_app.kernel.rest import AppDatabase, AppSettings, Page, ReadTx

router = APIRouter(prefix="/api/v1/commands", tags=["commands"])
looked_up("command_id", lambda tx, command_id, actor: service.get(tx, command_id, actor=actor))


@router.post("/execute", dependencies=[requires("agents:admin"), one_stream])
async def execute(wanted: CommandRequest, db: AppDatabase, settings: AppSettings, actor: CurrentActor) -> CommandView:
    """Runs a command in a worktree of its own, confined, without network, under the rules of the project."""
    return await service.execute(db, settings, wanted, actor=actor)


@router.get("", dependencies=[requires("beads:read")])
async def commands(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    agent_id: str | None = None,
    bead_id: str | None = None,
    project_id: str | None = None,
) -> list[CommandView]:
    """The commands that agents and people ran in projects you see, the newest first."""
    narrowed = {"agent_id": agent_id, "bead_id": bead_id, "project_id": project_id}
    found, total = await service.page(tx, actor, page.limit, page.offset, **narrowed)
    page.announce(request, response, total)
    return list(found)


@router.get("/{command_id}", dependencies=[requires("beads:read")])
async def command(command_id: str, tx: ReadTx, actor: CurrentActor) -> CommandView:
    """One command."""
    return await service.get(tx, command_id, actor=actor)
