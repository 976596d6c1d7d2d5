"""REST of the activity feed."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sse_starlette import EventSourceResponse

from loom_app.activity import repository, service
from loom_app.activity.filters import Filters, place_of
from loom_app.activity.schemas import ActivityEvents, ActivityView, FeedPage
from loom_app.auth.gate import CurrentActor, LogReader, looked_up, one_stream, requires
from loom_app.events import service as events
from loom_app.events.keeping import Keeper
from loom_app.events.record import EventRecord
from loom_app.events.streaming import LastEventId, Told, from_the_log
from loom_app.events.visibility import Sight
from loom_app.kernel.rest import AppDatabase, Page, ReadTx

router = APIRouter(prefix="/api/v1/activity-feed", tags=["activity"])
looked_up("activity_id", lambda tx, activity_id, actor: service.get(tx, activity_id, actor=actor))

MOST_EVENTS = 200


@router.get("", dependencies=[requires("projects:read")])
async def feed(request: Request, db: AppDatabase, page: Page, wanted: Filters, actor: CurrentActor) -> FeedPage:
    """What happened in the projects you see and in Loom as a whole, newest first; what you have just done is there.

    Events that are alike, by one actor within five minutes, are one activity that counts them. Deep pages are quickest
    by `before`.
    """
    following: Keeper = request.app.state.feed
    async with db.read() as tx:
        last = await events.last_seq(tx)
    await following.caught_up(last)
    async with db.read() as tx:
        rows = await repository.page(tx, actor, wanted, limit=page.limit + 1, offset=page.offset)
    shown = [ActivityView.of(row) for row in rows[: page.limit]]
    on = place_of(rows[page.limit - 1]) if len(rows) > page.limit else ""
    return FeedPage(activities=shown, count=len(shown), limit=page.limit, offset=page.offset, next=on)


@router.get("/stream", dependencies=[requires("projects:read"), one_stream], response_class=EventSourceResponse)
async def stream(
    request: Request, db: AppDatabase, wanted: Filters, reader: LogReader, last_event_id: LastEventId = None
) -> EventSourceResponse:
    """Server-sent events: `connected`, then `activity` with each line of the feed that is new or counts more.

    Takes the filters of the list, and resumes after the number of an event. Ends when the session, the key or the
    permission behind it does.
    """
    following: Keeper = request.app.state.feed

    async def telling(batch: Sequence[EventRecord], sight: Sight) -> list[Told]:
        await following.reached(batch[-1].seq)
        async with db.read() as tx:
            rows = await repository.between(tx, sight.actor, wanted, batch[0].seq, batch[-1].seq)
        return [Told(row.seq, "activity", ActivityView.of(row).model_dump(mode="json")) for row in rows]

    hello = "Connected to activity feed stream"
    return from_the_log(request.app.state.tail, reader, last_event_id, hello, telling)


@router.get("/{activity_id}/events", dependencies=[requires("projects:read")], response_model=ActivityEvents)
async def parts(
    activity_id: str, tx: ReadTx, actor: CurrentActor, limit: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = 50
) -> dict[str, Any]:
    """The newest of the events that an activity stands for."""
    found = await service.parts(tx, activity_id, limit, actor=actor)
    return {"events": [event.as_json() for event in found], "count": len(found)}
