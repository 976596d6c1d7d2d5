"""REST of patches by hand."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.errors import Conflict
from loom_app.kernel.rest import AppDatabase, AppSettings, Page, ReadTx
from loom_app.source import landing, patches
from loom_app.source.models import PatchStatus
from loom_app.source.schemas import PatchDraft, PatchView

router = APIRouter(prefix="/api/v1/projects/{project_id}/files", tags=["files"])
Wait = Annotated[float, Query(ge=0, le=60, description="Seconds to wait for it to land before this answers.")]
LATER: dict[int | str, dict[str, Any]] = {202: {"model": PatchView, "description": "It waits; Location has it."}}


@router.post("/patch", dependencies=[requires("projects:write")], responses=LATER)
async def patch(
    project_id: str,
    wanted: PatchDraft,
    response: Response,
    db: AppDatabase,
    settings: AppSettings,
    actor: CurrentActor,
    wait: Wait = 20.0,
) -> PatchView:
    """Commits a unified diff in your name and delivers it as the project's strategy says; all of it or nothing.

    It takes its turn among what lands in the project and must pass the project's tests. 202 says that this takes
    longer than `wait`; the patch is then landed or refused without you, and stands at the address in Location.
    """
    asked = await patches.ask(db, project_id, wanted, actor=actor)
    await landing.soon(db, settings, asked.id, wait)
    async with db.read() as tx:
        found = PatchView.of(await patches.get(tx, project_id, asked.id, actor=actor))
    if found.status == PatchStatus.REFUSED:
        raise Conflict(found.output, code=found.code, patch_id=found.patch_id)
    if found.status == PatchStatus.WAITING:
        response.status_code = 202
    response.headers["Location"] = f"/api/v1/projects/{project_id}/files/patches/{found.patch_id}"
    return found


@router.get("/patches", dependencies=[requires("projects:read")])
async def listed(
    project_id: str, tx: ReadTx, page: Page, request: Request, response: Response, actor: CurrentActor
) -> list[PatchView]:
    """The patches of a project, newest first."""
    rows, total = await patches.page(tx, project_id, page.limit, page.offset, actor=actor)
    page.announce(request, response, total)
    return [PatchView.of(row) for row in rows]


@router.get("/patches/{patch_id}", dependencies=[requires("projects:read")], name="one_patch")
async def one(project_id: str, patch_id: str, tx: ReadTx, actor: CurrentActor) -> PatchView:
    """How far a patch is, and what came of it."""
    return PatchView.of(await patches.get(tx, project_id, patch_id, actor=actor))
