"""REST of bead files: a project's `.beads/issues.jsonl` in and out."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from loom_app.auth.gate import CurrentActor, requires
from loom_app.beadfiles import sync_routes
from loom_app.beadfiles.interchange import Progress, export_text, import_file
from loom_app.beadfiles.jsonl import decode, parse
from loom_app.beadfiles.schemas import ImportView
from loom_app.beadfiles.streaming import progress_lines
from loom_app.beadfiles.turns import importing_alone
from loom_app.kernel.errors import Invalid, TooLarge
from loom_app.kernel.rest import AppDatabase, ReadTx

router = APIRouter(prefix="/api/v1/projects/{project_id}/beads", tags=["beads"])
router.include_router(sync_routes.router)
MOST_BYTES = 20 * 1024 * 1024
JSON_LINES = "application/x-ndjson"
TAKEN = ("", JSON_LINES, "application/jsonl", "application/octet-stream", "text/plain")
LINES_BODY = {"requestBody": {"required": True, "content": {JSON_LINES: {"schema": {"type": "string"}}}}}


@router.post("/import", dependencies=[requires("beads:write")], openapi_extra=LINES_BODY, response_model=ImportView)
async def import_beads(
    project_id: str,
    request: Request,
    db: AppDatabase,
    actor: CurrentActor,
    skip_invalid: Annotated[bool, Query(description="Take the good lines of a file that has bad ones.")] = False,
    dry_run: Annotated[bool, Query(description="Only tell what would be done.")] = False,
) -> Any:
    """Takes the lines of the body (at most 20 MB) into the project: all of them, or with a bad one none.

    Who accepts application/x-ndjson gets lines while it goes on: {"done", "total"}, then {"report"} or {"problem"}.
    """
    data = await _body(request)
    file = await asyncio.to_thread(lambda: parse(decode(data)))

    async def work(progress: Progress) -> dict[str, Any]:
        how = {"skip_invalid": skip_invalid, "dry_run": dry_run, "progress": progress}
        async with importing_alone(db, project_id) as tx:
            return (await import_file(tx, project_id, file, actor=actor, **how)).as_json()  # type: ignore[arg-type]

    if JSON_LINES in request.headers.get("accept", ""):
        return StreamingResponse(progress_lines(work), media_type=JSON_LINES)
    return await work(lambda _done, _total: None)


@router.get(
    "/export",
    dependencies=[requires("beads:read")],
    response_class=Response,
    responses={200: {"content": {JSON_LINES: {"schema": {"type": "string"}}}}},
)
async def export_beads(project_id: str, tx: ReadTx, actor: CurrentActor) -> Response:
    """The project's beads as the beads tool writes them, one JSON object a line, in order of id."""
    text = await export_text(tx, project_id, actor=actor)
    headers = {"Content-Disposition": 'attachment; filename="issues.jsonl"'}
    return Response(text.encode(), media_type=JSON_LINES, headers=headers)


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in TAKEN:
        raise Invalid(f"The body is {kind}; send the lines as {JSON_LINES} or text/plain.", code="bad_content_type")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise TooLarge("The file has more than 20 MB. Use `loom beads import` on the server, which has no limit.")
        parts.append(part)
    return b"".join(parts)
