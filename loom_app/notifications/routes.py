"""REST of notifications: one's own, and nobody else's."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sse_starlette import EventSourceResponse

from loom_app.auth.gate import CurrentActor, LogReader, looked_up, one_stream, personal
from loom_app.events import service as events
from loom_app.events.catalogue import named
from loom_app.events.event_type import Priority
from loom_app.events.keeping import Keeper
from loom_app.events.record import EventRecord
from loom_app.events.streaming import LastEventId, Told, from_the_log
from loom_app.events.visibility import Sight
from loom_app.kernel.rest import AppDatabase, Page, ReadTx, WriteTx
from loom_app.notifications import preferences, repository, service
from loom_app.notifications.models import Status
from loom_app.notifications.repository import Wanted
from loom_app.notifications.schemas import (
    MarkAll,
    MarkedRead,
    NotificationCounts,
    NotificationPage,
    NotificationView,
    PreferencesBody,
    PreferencesView,
    SnoozeBody,
    WhyView,
)

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])
looked_up("notification_id", lambda tx, notification_id, actor: service.get(tx, notification_id, actor=actor))
OWN = personal("one's own notifications", by_key=True)
WISHES = personal("what one wants to be told", by_key=True)

ProjectFilter = Annotated[str | None, Query(max_length=200)]
TypeFilter = Annotated[str | None, Query(max_length=2_000, description="Types of events, separated by commas.")]


@router.get("", dependencies=[OWN])
async def notifications(
    request: Request, db: AppDatabase, page: Page, actor: CurrentActor, status: Status | None = None,
    priority: Priority | None = None, project_id: ProjectFilter = None, event_type: TypeFilter = None,
    needs_action: bool | None = None, settled: bool | None = None,
    snoozed: Annotated[bool, Query(description="Those put off, instead of the others.")] = False,
) -> NotificationPage:  # fmt: skip
    """One's notifications: first what waits for one, by risk and deadline, then the rest, newest first.

    What was put away is left out unless `status=archived` asks for it.
    """
    wanted = Wanted(status, priority, project_id, named(event_type), needs_action, snoozed, settled)
    await _caught_up(request, db)
    async with db.read() as tx:
        rows, total = await repository.page(tx, actor, wanted, limit=page.limit, offset=page.offset)
        unread, needs_you = await repository.counts(tx, actor)
        shown = NotificationView.all(rows, await repository.projects(tx, rows))
    return NotificationPage(
        notifications=shown, count=len(shown), limit=page.limit, offset=page.offset, total=total, unread=unread,
        needs_you=needs_you,
    )  # fmt: skip


@router.get("/count", dependencies=[OWN])
async def count(request: Request, db: AppDatabase, actor: CurrentActor) -> NotificationCounts:
    """How many are unread, and how many wait for one."""
    await _caught_up(request, db)
    async with db.read() as tx:
        unread, needs_you = await repository.counts(tx, actor)
    return NotificationCounts(unread=unread, needs_you=needs_you)


@router.get("/preferences", dependencies=[WISHES])
async def get_preferences(tx: ReadTx, actor: CurrentActor) -> PreferencesView:
    """What one wants to be told."""
    return PreferencesView.of(await preferences.of(tx, actor.id))


@router.patch("/preferences", dependencies=[WISHES])
async def change_preferences(body: PreferencesBody, tx: WriteTx, actor: CurrentActor) -> PreferencesView:
    """Changes what is given and leaves the rest."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    return PreferencesView.of(await preferences.change(tx, changes, actor=actor))


@router.get("/stream", dependencies=[OWN, one_stream], response_class=EventSourceResponse)
async def stream(
    request: Request, db: AppDatabase, reader: LogReader, status: Status | None = None,
    priority: Priority | None = None, project_id: ProjectFilter = None, event_type: TypeFilter = None,
    last_event_id: LastEventId = None,
) -> EventSourceResponse:  # fmt: skip
    """Server-sent events: `connected`, then `notification` with each that is new, counts more or is settled.

    Resumes after the number of an event.
    """
    wanted = Wanted(status, priority, project_id, named(event_type))
    keeper: Keeper = request.app.state.inboxes

    async def telling(batch: Sequence[EventRecord], sight: Sight) -> list[Told]:
        await keeper.reached(batch[-1].seq)
        async with db.read() as tx:
            rows = await repository.between(tx, sight.actor, wanted, batch[0].seq, batch[-1].seq)
            names = await repository.projects(tx, rows)
        return [Told(row.seq, "notification", NotificationView.of(row, names).model_dump(mode="json")) for row in rows]

    return from_the_log(request.app.state.tail, reader, last_event_id, "Connected to notification stream", telling)


@router.post("/mark-all-read", dependencies=[OWN])
async def mark_all_read(tx: WriteTx, actor: CurrentActor, body: MarkAll | None = None) -> MarkedRead:
    """Marks all as read, or those that have no news since `before`."""
    return MarkedRead(marked=await service.mark_all_read(tx, actor=actor, before=body.before if body else None))


@router.get("/{notification_id}/why", dependencies=[OWN], response_model=WhyView)
async def why(notification_id: str, tx: ReadTx, actor: CurrentActor) -> dict[str, Any]:
    """Why one sees it: the rule, the event, and what one's preferences let through."""
    return await service.why(tx, notification_id, actor=actor)


@router.post("/{notification_id}/read", dependencies=[OWN])
async def read(notification_id: str, tx: WriteTx, actor: CurrentActor) -> NotificationView:
    """Marks it as read."""
    return await _shown(tx, await service.mark(tx, notification_id, Status.READ, actor=actor))


@router.post("/{notification_id}/unread", dependencies=[OWN])
async def unread(notification_id: str, tx: WriteTx, actor: CurrentActor) -> NotificationView:
    """Marks it as unread; what was put away is back."""
    return await _shown(tx, await service.mark(tx, notification_id, Status.UNREAD, actor=actor))


@router.post("/{notification_id}/archive", dependencies=[OWN])
async def archive(notification_id: str, tx: WriteTx, actor: CurrentActor) -> NotificationView:
    """Puts it away."""
    return await _shown(tx, await service.mark(tx, notification_id, Status.ARCHIVED, actor=actor))


@router.post("/{notification_id}/snooze", dependencies=[OWN])
async def snooze(notification_id: str, body: SnoozeBody, tx: WriteTx, actor: CurrentActor) -> NotificationView:
    """Puts it off until a time; null brings it back."""
    return await _shown(tx, await service.snooze(tx, notification_id, body.until, actor=actor))


async def _shown(tx: Any, row: Any) -> NotificationView:
    return NotificationView.of(row, await repository.projects(tx, [row]))


async def _caught_up(request: Request, db: AppDatabase) -> None:
    keeper: Keeper = request.app.state.inboxes
    async with db.read() as tx:
        last = await events.last_seq(tx)
    await keeper.caught_up(last)
