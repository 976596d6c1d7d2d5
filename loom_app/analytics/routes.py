"""REST of what calls to models come to: each of them, their sums, and both as files."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import AwareDatetime

from loom_app.analytics import dashboard as boards
from loom_app.analytics import export as files
from loom_app.analytics import repository, sums
from loom_app.analytics.asked import Asked, span
from loom_app.analytics.columns import Key
from loom_app.analytics.export import MEDIA, Format, as_json, exported
from loom_app.analytics.schemas import Costs, Dashboard, LogStats, RequestLog
from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.clock import now
from loom_app.kernel.rest import AppDatabase, Page, ReadTx
from loom_app.kernel.zipped import zipped

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"])
READ = [requires("projects:read")]
Name = Annotated[str | None, Query(max_length=200)]
Moment = Annotated[AwareDatetime | None, Query(description="RFC 3339, with a zone.")]


def _asked(
    start_time: Moment = None, end_time: Moment = None, provider_id: Name = None, model: Name = None,
    user_id: Name = None, project_id: Name = None, agent_id: Name = None, bead_id: Name = None, run_id: Name = None,
) -> Asked:  # fmt: skip
    since, until = span(start_time, end_time)
    return Asked(since, until, provider_id, model, user_id, project_id, agent_id, bead_id, run_id)


Wanted = Annotated[Asked, Depends(_asked)]


@router.get("/logs", dependencies=READ)
async def logs(
    tx: ReadTx, page: Page, request: Request, response: Response, asked: Wanted, actor: CurrentActor
) -> list[RequestLog]:
    """The calls that you may know of, the newest first: from `start_time` on, and before `end_time`."""
    rows = await repository.newest(tx, actor, asked, page.limit, page.offset)
    page.announce(request, response, await repository.count(tx, actor, asked))
    return [RequestLog(**as_json(row)) for row in rows]


@router.get("/stats", dependencies=READ)
async def stats(tx: ReadTx, asked: Wanted, actor: CurrentActor) -> LogStats:
    """How many calls, tokens and dollars, how long they took and how many failed, by provider and by user."""
    return await sums.stats(tx, actor, asked)


@router.get("/costs", dependencies=READ)
async def costs(tx: ReadTx, asked: Wanted, actor: CurrentActor) -> Costs:
    """What the calls cost, by provider, user, project, agent and model."""
    return await sums.costs(tx, actor, asked)


@router.get("/dashboard", dependencies=READ)
async def dashboard(
    tx: ReadTx, asked: Wanted, actor: CurrentActor,
    by: Annotated[Key, Query(description="By what the periods are told apart.")] = "provider",
) -> Dashboard:  # fmt: skip
    """The sums of a span and of as long before, by period, by whom and for what, and how long answers took."""
    return await boards.dashboard(tx, actor, asked, by)


@router.get("/export", dependencies=READ, response_class=StreamingResponse)
async def export(
    db: AppDatabase, asked: Wanted, actor: CurrentActor,
    format: Format = "csv",  # noqa: A002 - the first Loom's name
    compress: Annotated[bool, Query(description="As a gzip file.")] = False,
) -> StreamingResponse:  # fmt: skip
    """The calls as a file, oldest first."""
    pieces, name, media = exported(db, actor, asked, format), f"loom-logs-{_today()}.{format}", MEDIA[format]
    if compress:
        pieces, name, media = zipped(pieces), f"{name}.gz", "application/gzip"
    return StreamingResponse(pieces, media_type=media, headers=_taken_along(name))


@router.get("/export-stats", dependencies=READ)
async def export_stats(
    tx: ReadTx, asked: Wanted, actor: CurrentActor,
    format: Literal["csv", "json"] = "json",  # noqa: A002 - the first Loom's name
) -> Response:  # fmt: skip
    """The sums as a file."""
    headers = _taken_along(f"loom-stats-{_today()}.{format}")
    if format == "csv":
        return Response(await files.report_csv(tx, actor, asked), media_type=MEDIA["csv"], headers=headers)
    return JSONResponse(await files.report(tx, actor, asked), headers=headers)


def _today() -> str:
    return now().strftime("%Y-%m-%d")


def _taken_along(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
