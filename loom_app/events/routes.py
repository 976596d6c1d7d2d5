"""REST of the event log: the newest events, figures, and the stream."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sse_starlette import EventSourceResponse

from loom_app.auth.gate import CurrentActor, LogReader, one_stream, requires
from loom_app.events import repository
from loom_app.events.catalogue import CATALOGUE, ELSEWHERE, named
from loom_app.events.record import EventRecord
from loom_app.events.schemas import EventPage, EventTypes, LogFigures
from loom_app.events.streaming import LastEventId, Told, from_the_log
from loom_app.events.tail import EventTail
from loom_app.events.visibility import Sight, visible_to
from loom_app.kernel.rest import ReadTx

router = APIRouter(prefix="/api/v1/events", tags=["events"])

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
    last_event_id: LastEventId = None,
) -> EventSourceResponse:
    """Server-sent events: `connected`, then one event per change with its number as `id:`; resumes without a gap.

    Ends when the session, the key or the permission behind it does.
    """
    types = named(type)

    async def telling(batch: Sequence[EventRecord], sight: Sight) -> list[Told]:
        wanted = [event for event in batch if sight.shows(event) and _wanted(event, project_id, types)]
        return [Told(event.seq, event.type, event.as_json()) for event in wanted]

    return from_the_log(request.app.state.tail, reader, last_event_id, "Connected to event stream", telling)


def _wanted(event: EventRecord, project_id: str | None, types: frozenset[str] | None) -> bool:
    return project_id in (None, event.project_id) and (types is None or event.type in types)
