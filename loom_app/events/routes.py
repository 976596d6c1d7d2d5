"""REST of the event log: the newest events, figures, and the stream."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from loom_app.auth.gate import CurrentActor, LogReader, one_stream, requires
from loom_app.events import repository
from loom_app.events.catalogue import CATALOGUE, ELSEWHERE, named
from loom_app.events.record import EventRecord
from loom_app.events.schemas import EventPage, EventTypes, LogFigures
from loom_app.events.tail import EventTail
from loom_app.events.visibility import visible_to
from loom_app.kernel.errors import Invalid
from loom_app.kernel.rest import ReadTx

router = APIRouter(prefix="/api/v1/events", tags=["events"])

KEEPALIVE_SECONDS = 30
MAX_EVENTS = 1_000

MAX_SEQ = 2**63 - 1
ProjectFilter = Annotated[str | None, Query(max_length=200, description="Only events of this project.")]
TypeFilter = Annotated[
    str | None,
    Query(max_length=2_000, description="Only events of these types, separated by commas; see /api/v1/events/types."),
]


@router.get("", dependencies=[requires("projects:read")], response_model=EventPage)
async def events(
    tx: ReadTx,
    actor: CurrentActor,
    limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = 100,
    project_id: ProjectFilter = None,
    type: TypeFilter = None,  # noqa: A002 - the first Loom's name
    subject_id: Annotated[str | None, Query(max_length=200, description="Only events about this.")] = None,
    before: Annotated[int | None, Query(ge=0, le=MAX_SEQ, description="Only events with a smaller seq.")] = None,
) -> dict[str, Any]:
    """The newest events, newest first."""
    found = await repository.newest(
        tx,
        visible_to(actor),
        limit=limit,
        project_id=project_id,
        types=named(type),
        subject_id=subject_id,
        before=before,
    )
    return {"events": [event.as_json() for event in found], "count": len(found)}


@router.get("/stats", dependencies=[requires("projects:read")], response_model=LogFigures)
async def stats(tx: ReadTx, request: Request, actor: CurrentActor) -> dict[str, Any]:
    """Whether the log is followed, by how many, how many events you see, and the number of the newest of all."""
    tail: EventTail = request.app.state.tail
    total, last = await repository.total(tx, visible_to(actor)), await repository.last_seq(tx)
    return {"status": "active", "subscribers": tail.readers, "total": total, "last_seq": last}


@router.get("/types", dependencies=[requires("projects:read")], response_model=EventTypes)
async def types() -> dict[str, Any]:
    """The catalogue: every type of event, and which of them tell what the first Loom called otherwise."""
    known = [
        {"type": one.name, "action": one.action, "resource_type": one.resource_type, "words": one.words,
         "fields": list(one.fields), "feed": one.feed, "priority": one.priority}
        for one in CATALOGUE.values()
    ]  # fmt: skip
    elsewhere = [{"type": name, "told_by": list(ours)} for name, ours in ELSEWHERE.items()]
    return {"types": known, "elsewhere": elsewhere, "count": len(known)}


@router.get("/stream", dependencies=[requires("projects:read"), one_stream], response_class=EventSourceResponse)
async def stream(
    request: Request,
    reader: LogReader,
    project_id: ProjectFilter = None,
    type: TypeFilter = None,  # noqa: A002 - the first Loom's name
    last_event_id: Annotated[str | None, Header(description="Resume after this event's id line.")] = None,
) -> EventSourceResponse:
    """Server-sent events: `connected`, then one event per change with its number as `id:`; resumes without a gap.

    Ends when the session, the key or the permission behind it does.
    """
    tail: EventTail = request.app.state.tail
    start = _position(last_event_id, tail.last_seq)
    return EventSourceResponse(
        _messages(tail, start, reader, project_id, named(type)),
        ping=KEEPALIVE_SECONDS,
        ping_message_factory=lambda: ServerSentEvent(comment="keepalive"),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _messages(
    tail: EventTail, seq: int, reader: LogReader, project_id: str | None, types: frozenset[str] | None
) -> AsyncIterator[ServerSentEvent]:
    hello = json.dumps({"message": "Connected to event stream", "seq": seq})
    yield ServerSentEvent(event="connected", data=hello, id=str(seq))
    async with aclosing(tail.follow(seq)) as batches:
        async for batch in batches:
            sight = await reader.sight(batch)
            if sight is None:
                return
            for event in batch:
                if sight.shows(event) and _wanted(event, project_id, types):
                    yield ServerSentEvent(event=event.type, data=json.dumps(event.as_json()), id=str(event.seq))


def _wanted(event: EventRecord, project_id: str | None, types: frozenset[str] | None) -> bool:
    return project_id in (None, event.project_id) and (types is None or event.type in types)


def _position(given: str | None, newest: int) -> int:
    if given is None:
        return newest
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise Invalid(f"Last-Event-ID {given!r} is not the number of an event.", code="bad_event_id")
    return min(int(given), newest)
