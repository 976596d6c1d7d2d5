"""Queries of addresses that are told of events, and of what is on its way to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.events.models import Event
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import ahead, now
from loom_app.kernel.database import inserting
from loom_app.kernel.due import has_come
from loom_app.kernel.scope import within
from loom_app.outgoing.models import Endpoint, Sending, SendingStatus
from loom_app.outgoing.schedule import LONGEST_REST, LONGEST_WAIT

CLAIMED_SECONDS = 60.0
MADE = "webhook.endpoint_made"


async def get(tx: AsyncSession, endpoint_id: str, *, to_change: bool = False) -> Endpoint | None:
    """The endpoint."""
    return await tx.get(Endpoint, endpoint_id, with_for_update=to_change, populate_existing=to_change)


async def count(tx: AsyncSession) -> int:
    """How many endpoints there are in all."""
    return (await tx.execute(select(func.count()).select_from(Endpoint))).scalar_one()


async def page(
    tx: AsyncSession, actor: Actor, *, limit: int, offset: int, project_id: str | None
) -> tuple[Sequence[Endpoint], int]:
    """The endpoints `actor` sees: those of their projects, and their own; how many match."""
    wanted: list[ColumnElement[bool]] = [
        or_(within(actor, col(Endpoint.project_id)), col(Endpoint.owner_id) == actor.id)
    ]
    if project_id is not None:
        wanted.append(col(Endpoint.project_id) == project_id)
    total = (await tx.execute(select(func.count()).select_from(Endpoint).where(*wanted))).scalar_one()
    query = select(Endpoint).where(*wanted).order_by(col(Endpoint.created_at), col(Endpoint.id))
    return (await tx.execute(query.limit(limit).offset(offset))).scalars().all(), total


async def enabled(tx: AsyncSession) -> Sequence[Endpoint]:
    """The endpoints that are switched on."""
    return (await tx.execute(select(Endpoint).where(col(Endpoint.enabled)))).scalars().all()


async def made_at(tx: AsyncSession, ids: Sequence[str]) -> dict[str, int]:
    """The number of the event that tells of each endpoint's making."""
    made = (col(Event.type) == MADE, col(Event.subject_id).in_(ids))
    rows = await tx.execute(select(col(Event.subject_id), col(Event.seq)).where(*made))
    return {str(row[0]): int(row[1] or 0) for row in rows}


async def put(tx: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Puts messages on their way; one that is known for its endpoint and event is left as it is."""
    await tx.execute(
        inserting(tx, Sending).values(rows).on_conflict_do_nothing(index_elements=["endpoint_id", "event_id"])
    )


async def due_endpoints(tx: AsyncSession) -> list[str]:
    """The endpoints that have a message due and are not resting, each once."""
    due = exists().where(
        col(Sending.endpoint_id) == col(Endpoint.id), col(Sending.status) == SendingStatus.WAITING,
        has_come(col(Sending.due_at), now(), LONGEST_WAIT),
    )  # fmt: skip
    rested = or_(col(Endpoint.rest_until).is_(None), has_come(col(Endpoint.rest_until), now(), LONGEST_REST))
    return list((await tx.execute(select(col(Endpoint.id)).where(col(Endpoint.enabled), rested, due))).scalars())


async def claim(tx: AsyncSession, endpoint_id: str) -> Sending | None:
    """Takes the oldest due message of an endpoint for oneself for a minute."""
    due = (
        col(Sending.endpoint_id) == endpoint_id, col(Sending.status) == SendingStatus.WAITING,
        has_come(col(Sending.due_at), now(), LONGEST_WAIT),
    )  # fmt: skip
    query = select(Sending).where(*due).order_by(col(Sending.seq), col(Sending.id)).limit(1)
    row = (await tx.execute(query.with_for_update(skip_locked=True))).scalars().first()
    if row is not None:
        row.due_at = ahead(CLAIMED_SECONDS)
    return row


async def sending(tx: AsyncSession, sending_id: str, *, to_change: bool = False) -> Sending | None:
    """The message."""
    return await tx.get(Sending, sending_id, with_for_update=to_change, populate_existing=to_change)


async def sendings(
    tx: AsyncSession, endpoint_id: str, *, limit: int, offset: int, status: str | None
) -> tuple[Sequence[Sending], int]:
    """The messages to an endpoint, the newest first, and how many match."""
    wanted = [col(Sending.endpoint_id) == endpoint_id]
    if status is not None:
        wanted.append(col(Sending.status) == status)
    total = (await tx.execute(select(func.count()).select_from(Sending).where(*wanted))).scalar_one()
    newest = (col(Sending.created_at).desc(), col(Sending.id).desc())
    return (
        await tx.execute(select(Sending).where(*wanted).order_by(*newest).limit(limit).offset(offset))
    ).scalars().all(), total


async def forget(tx: AsyncSession, before: datetime, most: int) -> int:
    """Removes messages from before then; how many it were, `most` at once. None of them is tried any more."""
    old = select(col(Sending.id)).where(col(Sending.created_at) < before)
    gone = delete(Sending).where(col(Sending.id).in_(old.limit(most))).returning(col(Sending.id))
    return len((await tx.execute(gone)).all())


async def hold_all(tx: AsyncSession, endpoint_id: str) -> None:
    """Has everything that waits for an endpoint tried now."""
    waiting = (col(Sending.endpoint_id) == endpoint_id, col(Sending.status) == SendingStatus.WAITING)
    await tx.execute(update(Sending).where(*waiting).values(due_at=now()))
