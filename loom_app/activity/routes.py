"""REST of the activity feed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from loom_app.activity import repository, service
from loom_app.activity.feed import Feed
from loom_app.activity.filters import Filters, place_of
from loom_app.activity.schemas import ActivityEvents, ActivityView, FeedPage
from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.events import service as events
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
    following: Feed = request.app.state.feed
    async with db.read() as tx:
        last = await events.last_seq(tx)
    await following.caught_up(last)
    async with db.read() as tx:
        rows = await repository.page(tx, actor, wanted, limit=page.limit + 1, offset=page.offset)
    shown = [ActivityView.of(row) for row in rows[: page.limit]]
    on = place_of(rows[page.limit - 1]) if len(rows) > page.limit else ""
    return FeedPage(activities=shown, count=len(shown), limit=page.limit, offset=page.offset, next=on)


@router.get("/{activity_id}/events", dependencies=[requires("projects:read")], response_model=ActivityEvents)
async def parts(
    activity_id: str, tx: ReadTx, actor: CurrentActor, limit: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = 50
) -> dict[str, Any]:
    """The newest of the events that an activity stands for."""
    found = await service.parts(tx, activity_id, limit, actor=actor)
    return {"events": [event.as_json() for event in found], "count": len(found)}
