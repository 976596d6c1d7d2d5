"""REST of bootstraps."""

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from loom_app.auth.gate import CurrentActor, requires
from loom_app.bootstrap import prd, service, shown
from loom_app.bootstrap.models import BootstrapStatus
from loom_app.bootstrap.schemas import BootstrapDraft, BootstrapResult, BootstrapView, described_body
from loom_app.events.tail import EventTail
from loom_app.kernel.errors import Invalid, Unsupported
from loom_app.kernel.rest import AppDatabase, AppSettings, AppVault, ReadTx, WriteTx

router = APIRouter(prefix="/api/v1/projects", tags=["projects"])
MOST_FIELDS = 20
LONGEST_FIELD = 4_000_000


async def _given(request: Request) -> BootstrapDraft:
    """The body, JSON or a form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _checked(await _form(request))
    if kind not in ("application/json", ""):
        raise Unsupported(f"The body is {kind}; send JSON or multipart/form-data.", code="bad_content_type")
    try:
        return _checked(json.loads(await request.body()))
    except (ValueError, RecursionError) as error:
        raise Invalid("The body is not JSON.", code="invalid_json") from error


async def _form(request: Request) -> dict[str, str]:
    async with request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD) as form:
        read: dict[str, str] = {}
        for name, value in form.multi_items():
            if name in read:
                raise Invalid(f"The form names {name[:60]!r} twice. Send each name once.", code="duplicate_name")
            read[name] = await _text(value) if isinstance(value, UploadFile) else value
        return read


async def _text(file: UploadFile) -> str:
    return prd.read_file(file.filename or "", await file.read())


def _checked(given: Any) -> BootstrapDraft:
    try:
        return BootstrapDraft.model_validate(given)
    except ValidationError as error:
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]) from error


Given = Annotated[BootstrapDraft, Depends(_given)]
Wait = Annotated[float, Query(ge=0, le=30, description="Seconds to wait for the steps before this answers.")]
Key = Annotated[str, Header(max_length=200, pattern=r"^[\x21-\x7e]*$", description="The same key begins once.")]


@router.post("/bootstrap", status_code=201, dependencies=[requires("projects:write")], openapi_extra=described_body())
async def begin(
    wanted: Given,
    request: Request,
    response: Response,
    db: AppDatabase,
    settings: AppSettings,
    vault: AppVault,
    actor: CurrentActor,
    wait: Wait = 5.0,
    idempotency_key: Key = "",
) -> BootstrapResult:
    """Begins a project from a PRD: key, repository, first files, first bead and team, step by step.

    `status` is `ready`, or how far it has come: `running`, `waiting` for what `error` says, or `failed`. The steps are
    at GET /projects/{project_id}/bootstrap, which the header Location names.
    """
    async with db.write() as tx:
        made = await service.begin(tx, wanted, settings=settings, vault=vault, actor=actor, key=idempotency_key)
    response.headers["Location"] = f"/api/v1/projects/{made.project_id}/bootstrap"
    return await _after(db, request.app.state.tail, made.project_id, wait)


@router.get("/{project_id}/bootstrap", dependencies=[requires("projects:read")])
async def bootstrap(project_id: str, tx: ReadTx, actor: CurrentActor) -> BootstrapView:
    """How far the project's bootstrap has come, step by step."""
    return await shown.view(tx, project_id, actor=actor)


@router.post("/{project_id}/bootstrap/retry", dependencies=[requires("projects:write")])
async def retry(project_id: str, tx: WriteTx, actor: CurrentActor) -> BootstrapView:
    """Goes on at the step that failed, was called off or waits; whoever added the key has it looked for at once."""
    await service.retry(tx, project_id, actor=actor)
    return await shown.view(tx, project_id, actor=actor)


@router.post("/{project_id}/bootstrap/cancel", dependencies=[requires("projects:write")])
async def cancel(project_id: str, tx: WriteTx, actor: CurrentActor) -> BootstrapView:
    """Calls the bootstrap off: what is done stays, and retry goes on from there."""
    await service.cancel(tx, project_id, actor=actor)
    return await shown.view(tx, project_id, actor=actor)


async def _after(db: AppDatabase, tail: EventTail, project_id: str, seconds: float) -> BootstrapResult:
    """How it stands once it rests, or after so many seconds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        seq = tail.last_seq
        async with db.read() as tx:
            found = await shown.result(tx, project_id)
        left = deadline - asyncio.get_running_loop().time()
        if found.status != BootstrapStatus.RUNNING or left <= 0:
            return found
        try:
            async with asyncio.timeout(left):
                await tail.wait_beyond(seq)
        except TimeoutError:
            continue
