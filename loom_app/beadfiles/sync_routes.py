"""REST of how a project's bead file stands, and of what Loom and the file disagree about."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.beadfiles import conflicts, resolving, sync_status
from loom_app.beadfiles.schemas import BeadFileView, ConflictView, Decided
from loom_app.beads import service as beads
from loom_app.kernel.rest import Page, ReadTx, WriteTx

router = APIRouter()
looked_up("conflict_id", lambda tx, conflict_id, actor: conflicts.get(tx, conflict_id, actor=actor))


@router.get("/sync", dependencies=[requires("beads:read")])
async def bead_file(project_id: str, tx: ReadTx, actor: CurrentActor) -> BeadFileView:
    """How the file stands, with the first hundred conflicts and two hundred unreadable lines."""
    return await sync_status.status(tx, project_id, actor=actor)


@router.post("/sync", status_code=202, dependencies=[requires("beads:write")])
async def sync(
    project_id: str,
    tx: WriteTx,
    actor: CurrentActor,
    accept: Annotated[
        bool, Query(description="Take a file for what it is that is gone or lacks most of what it had.")
    ] = False,
) -> BeadFileView:
    """Has the worker read and write the file now; `beadfile.synced` tells when something came of it."""
    await sync_status.ask(tx, project_id, accept=accept, actor=actor)
    return await sync_status.status(tx, project_id, actor=actor)


@router.get("/conflicts", dependencies=[requires("beads:read")])
async def list_conflicts(
    project_id: str,
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    resolved: Annotated[bool, Query(description="Those that were decided instead of those that are open.")] = False,
) -> list[ConflictView]:
    """What Loom and the file changed differently, newest first."""
    total = await conflicts.count(tx, project_id, resolved=resolved)
    page.announce(request, response, total)
    rows = await conflicts.listed(tx, project_id, resolved=resolved, limit=page.limit, offset=page.offset)
    return [sync_status.view(*row) for row in rows]


@router.post("/conflicts/{conflict_id}/resolve", dependencies=[requires("beads:write")])
async def resolve(project_id: str, conflict_id: str, wanted: Decided, tx: WriteTx, actor: CurrentActor) -> ConflictView:
    """Decides a conflict: what is taken becomes the bead's, and the file's with the next write."""
    found = await resolving.resolve(tx, project_id, conflict_id, wanted.take, wanted.value, actor=actor)
    bead = await beads.exists(tx, found.bead_id, actor)
    return sync_status.view(found, bead.title)
