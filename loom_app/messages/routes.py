"""REST of messages between agents: read by people; only agents at work send them."""

from fastapi import APIRouter, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.rest import Page, ReadTx
from loom_app.messages import service
from loom_app.messages.schemas import MessageView

router = APIRouter(prefix="/api/v1", tags=["messages"])
looked_up("message_id", lambda tx, message_id, actor: service.get(tx, message_id, actor=actor))


@router.get("/messages", dependencies=[requires("beads:read")])
async def messages(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    project_id: str | None = None,
    bead_id: str | None = None,
    run_id: str | None = None,
    agent_id: str | None = None,
) -> list[MessageView]:
    """What agents said to each other in the projects you see, newest first; of a bead, run or agent at either end."""
    asked = {"project_id": project_id, "bead_id": bead_id, "run_id": run_id, "agent_id": agent_id}
    rows, total = await service.page(tx, actor, asked, limit=page.limit, offset=page.offset)
    page.announce(request, response, total)
    return [MessageView.model_validate(row) for row in rows]


@router.get("/messages/{message_id}", dependencies=[requires("beads:read")])
async def message(message_id: str, tx: ReadTx, actor: CurrentActor) -> MessageView:
    """One message."""
    return MessageView.model_validate(await service.get(tx, message_id, actor=actor))
