"""Queries of the log with everything an auditor asks about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.events.models import Event


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for; None asks for all."""

    actor_id: str | None = None
    subject_id: str | None = None
    types: frozenset[str] | None = None
    project_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for a query."""
        equal = (
            (Event.actor_id, self.actor_id), (Event.subject_id, self.subject_id), (Event.project_id, self.project_id),
        )  # fmt: skip
        found = [col(column) == value for column, value in equal if value is not None]
        if self.types is not None:
            found.append(col(Event.type).in_(self.types))
        if self.since is not None:
            found.append(col(Event.timestamp) >= self.since)
        if self.until is not None:
            found.append(col(Event.timestamp) < self.until)
        return found


async def newest(tx: AsyncSession, wanted: Wanted, *, limit: int, before: int | None = None) -> Sequence[Event]:
    """The newest entries that are wanted, newest first."""
    query = select(Event).where(*wanted.conditions()).order_by(col(Event.seq).desc()).limit(limit)
    if before is not None:
        query = query.where(col(Event.seq) < before)
    return (await tx.execute(query)).scalars().all()


async def oldest(tx: AsyncSession, wanted: Wanted, *, after: int, until: int, limit: int) -> Sequence[Event]:
    """The first entries that are wanted with a number beyond `after` and up to `until`, oldest first."""
    query = select(Event).where(*wanted.conditions(), col(Event.seq) > after, col(Event.seq) <= until)
    return (await tx.execute(query.order_by(col(Event.seq)).limit(limit))).scalars().all()
