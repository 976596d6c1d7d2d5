"""Queries of the event log."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.events.models import Event, FollowerPosition
from loom_app.events.record import EventRecord
from loom_app.events.visibility import Sight
from loom_app.kernel.database import Database

COLUMNS = tuple(Event.__table__.c[field.name] for field in fields(EventRecord))  # type: ignore[attr-defined]


def _records(rows: Sequence[Any]) -> list[EventRecord]:
    return [EventRecord(**row._asdict()) for row in rows]


BEYOND = select(*COLUMNS).where(col(Event.seq) > bindparam("seq")).order_by(col(Event.seq)).limit(bindparam("most"))


async def after(tx: AsyncSession, seq: int, limit: int, types: frozenset[str] | None = None) -> list[EventRecord]:
    """The first `limit` events beyond `seq`, oldest first; of these types alone where they are named."""
    query = BEYOND if types is None else BEYOND.where(col(Event.type).in_(sorted(types)))
    return _records((await tx.execute(query, {"seq": seq, "most": limit})).all())


async def news(db: Database, seq: int, limit: int) -> list[EventRecord]:
    """The same at a glance, for those who look at every commit."""
    return _records(await db.glance(BEYOND, {"seq": seq, "most": limit}))


async def newest(
    tx: AsyncSession,
    sight: Sight,
    *,
    limit: int,
    project_id: str | None = None,
    types: frozenset[str] | None = None,
    subject_id: str | None = None,
    before: int | None = None,
) -> list[EventRecord]:
    """The newest events within `sight` that match, newest first."""
    query = select(*COLUMNS).where(*sight.conditions()).order_by(col(Event.seq).desc()).limit(limit)
    for column, wanted in ((Event.project_id, project_id), (Event.subject_id, subject_id)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if types is not None:
        query = query.where(col(Event.type).in_(types))
    if before is not None:
        query = query.where(col(Event.seq) < before)
    return _records((await tx.execute(query)).all())


async def alike(
    tx: AsyncSession, type_: str, project_id: str | None, actor_id: str, *,
    first: int, last: int, since: datetime, until: datetime, limit: int,
) -> list[EventRecord]:  # fmt: skip
    """The newest events of one type and actor in one project, within these numbers and times, newest first."""
    one = col(Event.project_id).is_(None) if project_id is None else col(Event.project_id) == project_id
    query = select(*COLUMNS).where(col(Event.seq).between(first, last), col(Event.actor_id) == actor_id, one)
    query = query.where(col(Event.type) == type_, col(Event.timestamp) >= since, col(Event.timestamp) < until)
    return _records((await tx.execute(query.order_by(col(Event.seq).desc()).limit(limit))).all())


async def last_seq(
    tx: AsyncSession, besides: frozenset[str] = frozenset(), projects: frozenset[str] | None = None
) -> int:
    """The number of the newest event that is of none of the sources `besides`, 0 for none.

    With `projects`, the newest of those projects or of none.
    """
    query = select(col(Event.seq)).order_by(col(Event.seq).desc()).limit(1)
    query = query.where(col(Event.source).not_in(besides)) if besides else query
    of = [true()] if projects is None else [col(Event.project_id) == one for one in (*sorted(projects), None)]
    return max([(await tx.execute(query.where(one))).scalar() or 0 for one in of])


async def total(tx: AsyncSession, sight: Sight) -> int:
    """How many events within `sight` are kept."""
    return (await tx.execute(select(func.count()).select_from(Event).where(*sight.conditions()))).scalar_one()


async def position(tx: AsyncSession, name: str) -> int | None:
    """How far the follower `name` has read; None when it never did."""
    return (await tx.execute(select(col(FollowerPosition.seq)).where(col(FollowerPosition.name) == name))).scalar()


async def save_position(tx: AsyncSession, name: str, seq: int) -> None:
    """Remembers how far `name` has read."""
    await tx.merge(FollowerPosition(name=name, seq=seq))
