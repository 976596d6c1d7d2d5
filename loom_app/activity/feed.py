"""The feed as it is made from the event log."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.activity import repository
from loom_app.activity.gathering import GONE, gather, gather_key, shown, title_in
from loom_app.events.keeping import Keeper, Kept
from loom_app.events.record import EventRecord
from loom_app.events.tail import EventTail
from loom_app.kernel.database import Database


async def tell(tx: AsyncSession, batch: Sequence[EventRecord]) -> None:
    """Brings the feed from before `batch` to after it."""
    told = [event for event in batch if shown(event)]
    latest = await repository.newest_of(tx, {key for event in told if (key := gather_key(event))})
    unnamed = [(event.project_id or "", event.subject_id or "") for event in told if not title_in(event)]
    made = gather([dict(row) for row in latest], batch, await repository.titles(tx, unnamed))
    for project_id, before in made.gone.items():
        await repository.forget(tx, project_id, before)
    await repository.put(tx, list(made.rows.values()))


FEED = Kept("activity-feed", 0x10_AF, lambda event: shown(event) or event.type == GONE, tell)


def feed(db: Database, tail: EventTail) -> Keeper:
    """Who keeps the feed up with the log."""
    return Keeper(db, tail, FEED)
