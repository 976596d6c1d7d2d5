"""How often something in the merge queues was tried, and when it is tried again: ever later, and not for ever."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.clock import now
from loom_app.reviews.models import Trouble

FIRST_SECONDS, LONGEST_SECONDS = 10.0, 600.0
MOST_TRIES = 10
"""Together about three quarters of an hour; after that people are asked."""
Key = tuple[str, str]
"""What it is, as in `queue.due`, and the id of what it is about."""


async def known(tx: AsyncSession) -> dict[Key, datetime]:
    """What could not be done so far, and when it is tried again."""
    return {(row.kind, row.subject_id): row.next_at for row in (await tx.execute(select(Trouble))).scalars()}


async def failed(tx: AsyncSession, key: Key) -> int:
    """Notes that it was tried in vain once more. Answers how often by now."""
    row = await tx.get(Trouble, key, with_for_update=True, populate_existing=True)
    if row is None:
        row = Trouble(kind=key[0], subject_id=key[1], next_at=now())
        tx.add(row)
    row.tries += 1
    row.next_at = now() + timedelta(seconds=min(FIRST_SECONDS * 2 ** (row.tries - 1), LONGEST_SECONDS))
    return row.tries


async def over(tx: AsyncSession, key: Key) -> None:
    """Forgets one thing that is done or given up."""
    await tx.execute(delete(Trouble).where(col(Trouble.kind) == key[0], col(Trouble.subject_id) == key[1]))
