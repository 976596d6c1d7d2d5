"""Writing to the log: one event per change, in the change's own transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events import chain, repository
from loom_app.events.catalogue import CATALOGUE
from loom_app.events.record import EventRecord
from loom_app.events.visibility import visible_to
from loom_app.kernel.actor import Actor
from loom_app.kernel.cause import cause
from loom_app.kernel.clock import now
from loom_app.kernel.database import at_commit, one_at_a_time
from loom_app.kernel.ids import new_id
from loom_app.kernel.keyring import keyring_of

PENDING = "loom_pending_events"
LOG_LOCK = 0x10_0E
CHANNEL = "loom_events"


def append(
    tx: AsyncSession,
    type_: str,
    *,
    actor: Actor,
    project_id: str | None = None,
    subject_id: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Adds an event to the transaction `tx`. It is numbered as the transaction commits and vanishes if it does not.

    Raises ValueError for a type that is not in the catalogue.
    """
    if type_ not in CATALOGUE:
        raise ValueError(f"{type_!r} is not in the catalogue of events")
    why = cause()
    event = {
        "id": new_id("evt"),
        "type": type_,
        "timestamp": now(),
        "source": type_.partition(".")[0],
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "project_id": project_id,
        "subject_id": subject_id,
        "data": data or {},
        "actor_name": actor.name,
        "on_behalf_of": why.on_behalf_of,
        "request_id": why.request_id,
        "address": why.address,
        "key_id": actor.key_id or None,
    }
    tx.info.setdefault(PENDING, []).append(event)
    at_commit(tx, "events", _write)


@asynccontextmanager
async def trying(tx: AsyncSession) -> AsyncIterator[None]:
    """Around a part of `tx` that may fail by itself: then its changes and its events never were."""
    before = list(tx.info.get(PENDING, ()))
    done = False
    try:
        async with tx.begin_nested():
            yield
        done = True
    finally:
        if not done:
            tx.info[PENDING] = before


async def _write(tx: AsyncSession) -> None:
    """Chains the pending events. On PostgreSQL under a lock held to the commit, so that numbers follow commits."""
    pending: list[dict[str, Any]] = tx.info.pop(PENDING, [])
    on_postgres = await lock(tx)
    await chain.extend(tx, keyring_of(tx), pending)
    if on_postgres:
        await tx.execute(text(f"NOTIFY {CHANNEL}"))


async def lock(tx: AsyncSession) -> bool:
    """Keeps others from writing to the log until `tx` ends; whether that took a lock of PostgreSQL's."""
    return await one_at_a_time(tx, LOG_LOCK)


async def newest(
    tx: AsyncSession, reader: Actor, *, limit: int, project_id: str | None = None, subject_id: str | None = None
) -> list[EventRecord]:
    """The newest events that `reader` may read and that match, newest first."""
    return await repository.newest(tx, visible_to(reader), limit=limit, project_id=project_id, subject_id=subject_id)


async def last_seq(
    tx: AsyncSession, besides: frozenset[str] = frozenset(), projects: frozenset[str] | None = None
) -> int:
    """The number of the newest event that is of none of the sources `besides`, 0 for none.

    With `projects`, the newest of those projects or of none.
    """
    return await repository.last_seq(tx, besides, projects)


async def after(tx: AsyncSession, seq: int, limit: int, types: frozenset[str] | None = None) -> list[EventRecord]:
    """The first `limit` events beyond `seq`, oldest first; of these types alone where they are named."""
    return await repository.after(tx, seq, limit, types)


async def alike(
    tx: AsyncSession, type_: str, project_id: str | None, actor_id: str, *,
    first: int, last: int, since: datetime, until: datetime, limit: int,
) -> list[EventRecord]:  # fmt: skip
    """The newest events of one type and actor in one project, within these numbers and times, newest first."""
    return await repository.alike(
        tx, type_, project_id, actor_id, first=first, last=last, since=since, until=until, limit=limit
    )


async def position(tx: AsyncSession, name: str) -> int | None:
    """How far the follower `name` has read; None when it never did."""
    return await repository.position(tx, name)


async def save_position(tx: AsyncSession, name: str, seq: int) -> None:
    """Remembers how far the follower `name` has read."""
    await repository.save_position(tx, name, seq)
