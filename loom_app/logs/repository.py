"""Queries of log lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import Actor
from loom_app.kernel.columns import table
from loom_app.kernel.scope import within
from loom_app.logs.models import LEVELS, LogLine

LINES = table(LogLine)
SWEPT = 5_000
"""Rows removed in one transaction."""


@dataclass(frozen=True)
class Wanted:
    """Which lines are asked for."""

    level: str | None = None
    """The least grave level that is shown."""
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    project_id: str | None = None
    bead_id: str | None = None
    agent_id: str | None = None
    run_id: str | None = None
    search: str | None = None


def _conditions(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if not actor.may("system:admin"):
        asked.append(LINES.c.project_id.is_not(None) & within(actor, LINES.c.project_id))
    if wanted.level:
        asked.append(LINES.c.grade >= LEVELS.index(wanted.level))
    for name in ("source", "project_id", "bead_id", "agent_id", "run_id"):
        asked += [LINES.c[name] == value] if (value := getattr(wanted, name)) else []
    asked += [LINES.c.at >= wanted.since] if wanted.since else []
    asked += [LINES.c.at <= wanted.until] if wanted.until else []
    if wanted.search:
        found = (LINES.c[name].icontains(wanted.search, autoescape=True) for name in ("message", "logger"))
        asked.append(or_(*found))
    return asked


async def newest(
    tx: AsyncSession, actor: Actor, wanted: Wanted, *, limit: int, before: int | None = None
) -> Sequence[Any]:
    """The newest lines that `actor` may read and that match, newest first."""
    query = select(LINES).where(*_conditions(actor, wanted))
    if before is not None:
        query = query.where(LINES.c.seq < before)
    return (await tx.execute(query.order_by(LINES.c.seq.desc()).limit(limit))).all()


async def after(
    tx: AsyncSession, actor: Actor, wanted: Wanted, seq: int, limit: int, until: int | None = None
) -> Sequence[Any]:
    """The first lines beyond `seq`, oldest first, and no further than `until`."""
    query = select(LINES).where(*_conditions(actor, wanted), LINES.c.seq > seq)
    if until is not None:
        query = query.where(LINES.c.seq <= until)
    return (await tx.execute(query.order_by(LINES.c.seq).limit(limit))).all()


async def last_seq(tx: AsyncSession) -> int:
    """The number of the newest line; 0 for none."""
    return (await tx.execute(select(func.max(LINES.c.seq)))).scalar() or 0


async def forget(tx: AsyncSession, before: datetime, most: int) -> bool:
    """Removes some lines from before then, and of more than `most` the oldest; whether there may be more to remove."""
    old = select(LINES.c.seq).where(LINES.c.at < before).order_by(LINES.c.seq).limit(SWEPT)
    gone = (await tx.execute(delete(LINES).where(LINES.c.seq.in_(old)))).rowcount  # type: ignore[attr-defined]
    edge = (await tx.execute(select(LINES.c.seq).order_by(LINES.c.seq.desc()).offset(most).limit(1))).scalar()
    if edge is not None:
        many = select(LINES.c.seq).where(LINES.c.seq <= edge).order_by(LINES.c.seq).limit(SWEPT)
        gone = max(gone, (await tx.execute(delete(LINES).where(LINES.c.seq.in_(many)))).rowcount)  # type: ignore[attr-defined]
    return bool(gone >= SWEPT)
