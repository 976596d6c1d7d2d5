"""REST of file locks."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.filelocks import repository, service
from loom_app.filelocks.schemas import LockDraft, LockView
from loom_app.kernel.rest import AppSettings, Page, ReadTx, WriteTx

router = APIRouter(prefix="/api/v1/file-locks", tags=["file locks"])
Asked = Annotated[str, Query(max_length=200)]


@router.get("", dependencies=[requires("beads:read")])
async def locks(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    project_id: Asked = "",
    agent_id: Asked = "",
    bead_id: Asked = "",
) -> list[LockView]:
    """The locks you see that hold, by project and path."""
    rows, total = await repository.page(
        tx, actor, project_id=project_id, agent_id=agent_id, bead_id=bead_id, limit=page.limit, offset=page.offset
    )
    page.announce(request, response, total)
    return [LockView.model_validate(row) for row in rows]


@router.post("", status_code=201, dependencies=[requires("beads:write")], responses={200: {"model": LockView}})
async def take(
    wanted: LockDraft, tx: WriteTx, settings: AppSettings, actor: CurrentActor, response: Response
) -> LockView:
    """Locks a file or folder of a project, or renews one's own lock (200); 409 says who holds it and until when."""
    lock, new = await service.take(tx, wanted, seconds=settings.runs.claim_seconds, actor=actor)
    response.status_code = 201 if new else 200
    return LockView.model_validate(lock)


@router.delete("/{project_id}/{file_path:path}", status_code=204, dependencies=[requires("beads:write")])
async def give_back(project_id: str, file_path: str, tx: WriteTx, actor: CurrentActor, agent_id: Asked = "") -> None:
    """Ends a lock that `agent_id`, or without it the one who asks, holds."""
    await service.give_back(tx, project_id, file_path, agent_id=agent_id, actor=actor)
