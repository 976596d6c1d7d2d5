"""REST of the logs: the newest lines, the stream, and all of them as a file."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime
from sse_starlette import EventSourceResponse, ServerSentEvent

from loom_app.auth.gate import CurrentActor, LogReader, one_stream, requires
from loom_app.events.streaming import LastEventId, position, streamed
from loom_app.events.tail import EventTail
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid
from loom_app.kernel.rest import AppDatabase, ReadTx
from loom_app.kernel.zipped import zipped
from loom_app.logs import repository
from loom_app.logs.export import MEDIA, Format, as_json, exported
from loom_app.logs.keeping import Lines
from loom_app.logs.repository import Wanted
from loom_app.logs.schemas import LogPage

router = APIRouter(prefix="/api/v1/logs", tags=["logs"])
READ = requires("projects:read")
MOST, BATCH = 1_000, 500
ASK_AGAIN_SECONDS = 5.0
"""How often a stream on which nothing comes asks whether its reader may still read."""
Name = Annotated[str | None, Query(max_length=200)]
Moment = Annotated[AwareDatetime | None, Query(description="RFC 3339, with a zone.")]
Level = Literal["debug", "info", "warning", "error", "critical"]


def _wanted(
    level: Annotated[Level | None, Query(description="The least grave level that is shown.")] = None,
    source: Annotated[Literal["web", "worker"] | None, Query(description="Which process wrote it.")] = None,
    since: Moment = None, until: Moment = None, project_id: Name = None, bead_id: Name = None, agent_id: Name = None,
    run_id: Name = None, search: Annotated[str | None, Query(max_length=200, description="Part of the text.")] = None,
) -> Wanted:  # fmt: skip
    if since and until and since > until:
        raise Invalid(
            f"since ({since.isoformat()}) is after until ({until.isoformat()}), so that nothing lies between. "
            "Exchange them.",
            code="bad_time",
        )
    return Wanted(level, source, since, until, project_id, bead_id, agent_id, run_id, search or None)


Filters = Annotated[Wanted, Depends(_wanted)]


@router.get("/recent", dependencies=[READ], response_model=LogPage)
async def recent(
    tx: ReadTx, wanted: Filters, actor: CurrentActor, limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    before: Annotated[int | None, Query(ge=0, le=2**63 - 1, description="Only lines with a smaller seq.")] = None,
) -> dict[str, Any]:  # fmt: skip
    """The newest lines, newest first: all for administrators, those of their projects for everybody else."""
    rows = await repository.newest(tx, actor, wanted, limit=limit, before=before)
    return {"logs": [as_json(line) for line in rows], "count": len(rows)}


@router.get("/export", dependencies=[READ], response_class=StreamingResponse)
async def export(
    db: AppDatabase, wanted: Filters, actor: CurrentActor,
    format: Format = "json",  # noqa: A002 - the first Loom's name
    compress: Annotated[bool, Query(description="As a gzip file.")] = False,
) -> StreamingResponse:  # fmt: skip
    """The lines that fit, oldest first, as a file."""
    pieces, name = exported(db, actor, wanted, format), f"loom-system-logs.{format}"
    media = MEDIA[format]
    if compress:
        pieces, name, media = zipped(pieces), f"{name}.gz", "application/gzip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type=media, headers=headers)


@router.get("/stream", dependencies=[READ, one_stream], response_class=EventSourceResponse)
async def stream(
    request: Request, db: AppDatabase, wanted: Filters, reader: LogReader, last_event_id: LastEventId = None
) -> EventSourceResponse:
    """Server-sent events: `connected`, then `log` with each line and its number as `id:`; resumes after a number."""
    lines: Lines = request.app.state.lines
    seq = position(last_event_id, lines.last_seq)
    return streamed(_messages(lines, request.app.state.tail, db, reader, wanted, seq), "heartbeat")


async def _messages(
    lines: Lines, tail: EventTail, db: Database, reader: LogReader, wanted: Wanted, seq: int
) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(event="connected", data=json.dumps({"message": "Connected to log stream"}), id=str(seq))
    heard = tail.last_seq
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(ASK_AGAIN_SECONDS):
                await lines.beyond(seq)
        happened = await tail.after(heard) if tail.last_seq > heard else []
        heard = happened[-1].seq if happened else heard
        sight = await reader.sight(happened)
        if sight is None:
            return
        until = lines.last_seq
        while seq < until:
            async with db.read() as tx:
                rows = await repository.after(tx, sight.actor, wanted, seq, BATCH, until)
            for row in rows:
                yield ServerSentEvent(event="log", data=json.dumps(as_json(row)), id=str(row.seq))
            seq = rows[-1].seq if len(rows) == BATCH else until
