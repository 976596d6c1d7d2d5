"""One activity, and the events it stands for."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.activity import repository
from loom_app.activity.models import Activity
from loom_app.events import service as events
from loom_app.events.record import EventRecord
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import NotFound

HOUR = timedelta(hours=1)


async def get(tx: AsyncSession, activity_id: str, *, actor: Actor) -> Activity:
    """The activity. Raises NotFound, also for one of a project that `actor` does not see."""
    row = await repository.get(tx, activity_id)
    if row is None or not (row.project_id is None or actor.sees(row.project_id)):
        raise NotFound(
            f"There is no activity {activity_id[:100]!r}. GET /api/v1/activity-feed lists them.",
            code="activity_not_found",
        )
    return row


async def parts(tx: AsyncSession, activity_id: str, limit: int, *, actor: Actor) -> list[EventRecord]:
    """The newest events told as this activity, newest first. Raises NotFound."""
    row = await get(tx, activity_id, actor=actor)
    hour = row.first_at.replace(minute=0, second=0, microsecond=0)
    return await events.alike(
        tx, row.event_type, row.project_id, row.actor_id, first=row.first_seq, last=row.seq, since=hour,
        until=hour + HOUR, limit=limit,
    )  # fmt: skip
