"""Queries of causes: what waits, what was fired for, and which beads came of firings."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import Bead, BeadStatus
from loom_app.events.models import Event
from loom_app.events.record import EventRecord
from loom_app.kernel.columns import table
from loom_app.kernel.database import inserting
from loom_app.motivations.idle import ITSELF
from loom_app.motivations.models import MotivatedBead, MotivationCause, MotivationTrigger
from loom_app.projects.models import Project, ProjectStatus
from loom_app.runs.models import Run

CHUNK = 400
CAUSES = table(MotivationCause)
Pair = tuple[str, str]
"""A motivation and a project."""


async def add(tx: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Notes causes that wait; one that is known already is counted."""
    for start in range(0, len(rows), CHUNK):
        made = inserting(tx, MotivationCause).values([dict(row) for row in rows[start : start + CHUNK]])
        again = {"times": CAUSES.c.times + made.excluded.times}
        await tx.execute(made.on_conflict_do_update(index_elements=list(CAUSES.primary_key), set_=again))


async def claim(tx: AsyncSession, row: Mapping[str, Any], *, together: bool) -> int:
    """Takes a cause for the firing `trigger_id` of `row`; how many were taken, 0 when another firing was for it.

    With `together` all that wait for the motivation in the project are taken with it.
    """
    added = inserting(tx, MotivationCause).values(**row).on_conflict_do_nothing()
    taken = int((await tx.execute(added)).rowcount)  # type: ignore[attr-defined]
    waits = [getattr(CAUSES.c, name) == row[name] for name in ("motivation_id", "project_id")]
    waits += [CAUSES.c.trigger_id == "", *([] if together else [CAUSES.c.cause == row["cause"]])]
    found = await tx.execute(update(CAUSES).where(*waits).values(trigger_id=row["trigger_id"]))
    return taken + int(found.rowcount)  # type: ignore[attr-defined]


async def first_waiting(tx: AsyncSession) -> Sequence[Any]:
    """The first cause that waits for each motivation in each project, and how many wait there."""
    pair = (CAUSES.c.motivation_id, CAUSES.c.project_id)
    place = func.row_number().over(partition_by=pair, order_by=(CAUSES.c.seq, CAUSES.c.cause)).label("place")
    many = func.count().over(partition_by=pair).label("waiting")
    inner = select(CAUSES, place, many).where(CAUSES.c.trigger_id == "").subquery()
    return (await tx.execute(select(inner).where(inner.c.place == 1))).all()


async def waiting(tx: AsyncSession, pair: Pair, limit: int) -> Sequence[Any]:
    """The first causes that wait for a motivation in a project."""
    query = select(CAUSES).where(CAUSES.c.motivation_id == pair[0], CAUSES.c.project_id == pair[1])
    query = query.where(CAUSES.c.trigger_id == "").order_by(CAUSES.c.seq, CAUSES.c.cause)
    return (await tx.execute(query.limit(limit))).all()


async def fired(tx: AsyncSession, causes: Iterable[str]) -> set[tuple[str, str, str]]:
    """Motivation, project and cause of what was fired for among these causes."""
    wanted, found = sorted(set(causes)), set()
    for start in range(0, len(wanted), CHUNK):
        query = select(CAUSES.c.motivation_id, CAUSES.c.project_id, CAUSES.c.cause).where(
            CAUSES.c.cause.in_(wanted[start : start + CHUNK]), CAUSES.c.trigger_id != ""
        )
        found |= {(row[0], row[1], row[2]) for row in (await tx.execute(query)).all()}
    return found


async def last_firings(
    tx: AsyncSession, motivation_ids: Iterable[str], since: datetime, until: datetime
) -> Sequence[Any]:
    """Rows of motivation_id, project_id, about and `at` of the last firing of these for each between two moments."""
    one = MotivationTrigger
    wanted, found = sorted(set(motivation_ids)), list[Any]()
    for start in range(0, len(wanted), CHUNK):
        keys = (col(one.motivation_id), col(one.project_id), col(one.about))
        query = select(*keys, func.max(col(one.triggered_at)).label("at")).where(
            col(one.motivation_id).in_(wanted[start : start + CHUNK]), col(one.triggered_at).between(since, until)
        )
        found += (await tx.execute(query.group_by(*keys))).all()
    return found


async def open_bead(tx: AsyncSession, pair: Pair, about: str) -> str:
    """The newest bead that an earlier firing filed about the same and that is not done; "" for none."""
    one = MotivationTrigger
    query = (
        select(col(Bead.id))
        .join(MotivatedBead, col(MotivatedBead.bead_id) == col(Bead.id))
        .join(one, col(one.id) == col(MotivatedBead.trigger_id))
        .where(col(one.motivation_id) == pair[0], col(one.project_id) == pair[1], col(one.about) == about)
        .where(col(MotivatedBead.depth) == 1, col(Bead.status) != BeadStatus.DONE)
        .order_by(col(one.seq).desc())
        .limit(1)
    )
    return (await tx.execute(query)).scalar() or ""


async def depths(tx: AsyncSession, bead_ids: Sequence[str]) -> dict[str, int]:
    """How far a motivation is behind each of these beads, for those that one is behind at all."""
    query = select(col(MotivatedBead.bead_id), col(MotivatedBead.depth)).where(col(MotivatedBead.bead_id).in_(bead_ids))
    return {row[0]: row[1] for row in (await tx.execute(query)).all()}


async def descended(tx: AsyncSession, made: Sequence[EventRecord]) -> dict[str, tuple[str, int]]:
    """Of beads that agents made, those made while at work on a bead that came of a firing: that, and how far off."""
    if not made:
        return {}
    agents, first = sorted({event.actor_id for event in made}), min(event.timestamp for event in made)
    query = (
        select(col(Run.agent_id), col(Run.created_at), col(Run.ended_at), MotivatedBead.trigger_id, MotivatedBead.depth)  # type: ignore[call-overload]
        .join(MotivatedBead, col(MotivatedBead.bead_id) == col(Run.bead_id))
        .where(col(Run.agent_id).in_(agents), or_(col(Run.ended_at).is_(None), col(Run.ended_at) >= first))
    )
    runs = (await tx.execute(query)).all()
    return {
        str(event.subject_id): (run.trigger_id, run.depth + 1)
        for event in made
        for run in runs
        if run.agent_id == event.actor_id and run.created_at <= event.timestamp <= (run.ended_at or event.timestamp)
    }


async def add_descended(tx: AsyncSession, found: Mapping[str, tuple[str, int]]) -> None:
    """Notes what beads came of, unless that is known or they are gone."""
    there = select(col(Bead.id)).where(col(Bead.id).in_(sorted(found)))
    for bead_id in (await tx.execute(there)).scalars().all() if found else ():
        trigger_id, depth = found[bead_id]
        row = {"bead_id": bead_id, "trigger_id": trigger_id, "depth": depth}
        await tx.execute(inserting(tx, MotivatedBead).values(row).on_conflict_do_nothing())


async def bead_facts(tx: AsyncSession, bead_ids: Sequence[str]) -> Sequence[Any]:
    """Rows of id, type, priority and `ends`: whether the bead counts towards a milestone in which all is done."""
    other = table(Bead).alias()
    left = exists().where(other.c.milestone_id == col(Bead.milestone_id), other.c.status != BeadStatus.DONE)
    ends = and_(col(Bead.milestone_id).is_not(None), ~left).label("ends")
    query = select(col(Bead.id), col(Bead.type), col(Bead.priority), ends).where(col(Bead.id).in_(bead_ids))
    return (await tx.execute(query)).all()


async def last_doings(tx: AsyncSession) -> dict[str, int]:
    """The number of the last event of each open project that people made, or agents about work of their own."""
    own = exists().where(col(MotivatedBead.bead_id) == col(Event.subject_id))
    work = exists().where(col(Bead.id) == col(Event.subject_id))
    theirs = or_(col(Event.actor_kind) == "user", and_(col(Event.actor_kind) == "agent", work, ~own))
    last = (
        select(col(Event.seq))
        .where(col(Event.project_id) == col(Project.id), col(Event.actor_id) != ITSELF, theirs)
        .order_by(col(Event.seq).desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(col(Project.id), last).where(col(Project.status) != ProjectStatus.CLOSED)
    return {row[0]: int(row[1]) for row in (await tx.execute(query)).all() if row[1] is not None}
