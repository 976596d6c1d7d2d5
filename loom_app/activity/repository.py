"""Queries of the feed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, false, func, or_, select, true, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.activity.models import Activity
from loom_app.beads.models import Bead
from loom_app.events.models import Event
from loom_app.kernel.actor import Actor
from loom_app.kernel.columns import table
from loom_app.kernel.database import inserting
from loom_app.kernel.scope import within
from loom_app.projects.models import Project

ACTIVITIES, EVENTS = table(Activity), table(Event)
OF_EVENT = tuple(
    EVENTS.c[name].label(as_)
    for name, as_ in (("id", "event_id"), ("source", "source"), ("actor_kind", "actor_kind"),
                      ("actor_name", "actor_name"), ("subject_id", "subject_id"), ("data", "data"))
)  # fmt: skip
"""What an activity shows of the newest event in it."""
CHANGING = ("seq", "timestamp", "resource_title", "aggregation_count")
ONE_BY_ONE = 60
"""Whoever sees so many projects or fewer has the newest of each looked up by itself; beyond that all are read through,
for then most are theirs."""


@dataclass(frozen=True)
class Wanted:
    """Which activities are asked for. `before` is a place in the feed; those at it and newer are left out."""

    project_id: str | None = None
    types: frozenset[str] | None = None
    besides: frozenset[str] = frozenset()
    resource_type: str | None = None
    actor_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    aggregated: bool | None = None
    before: tuple[datetime, int] | None = None


async def page(tx: AsyncSession, actor: Actor, wanted: Wanted, *, limit: int, offset: int = 0) -> Sequence[Any]:
    """The newest activities that `actor` may know of and that match, newest first, each with its newest event."""
    if wanted.types is not None and not wanted.types:
        return []
    chosen = _chosen(_parts(actor, wanted), _conditions(wanted), limit, offset).subquery()
    query = (
        select(ACTIVITIES, *OF_EVENT)
        .join(chosen, chosen.c.first_seq == ACTIVITIES.c.first_seq)
        .join(EVENTS, EVENTS.c.seq == ACTIVITIES.c.seq)
    )
    return (await tx.execute(query.order_by(*_newest(ACTIVITIES)))).all()


async def between(tx: AsyncSession, actor: Actor, wanted: Wanted, first: int, last: int) -> Sequence[Any]:
    """Activities whose newest event is one of `first` to `last`, in the order of the log, if `actor` sees them."""
    seen = or_(ACTIVITIES.c.project_id.is_(None), within(actor, ACTIVITIES.c.project_id))
    one = true() if wanted.project_id is None else ACTIVITIES.c.project_id == wanted.project_id
    query = select(ACTIVITIES, *OF_EVENT).join(EVENTS, EVENTS.c.seq == ACTIVITIES.c.seq)
    news = (ACTIVITIES.c.seq >= first, ACTIVITIES.c.seq <= last)
    query = query.where(*news, seen, one, *_of_types(wanted.types), *_conditions(wanted))
    return (await tx.execute(query.order_by(ACTIVITIES.c.seq))).all()


async def get(tx: AsyncSession, activity_id: str) -> Activity | None:
    """The activity."""
    return (await tx.execute(select(Activity).where(col(Activity.id) == activity_id))).scalars().first()


async def newest_of(tx: AsyncSession, keys: Collection[str]) -> Sequence[Any]:
    """The newest activity of each of these keys."""
    if not keys:
        return []
    of_key = ACTIVITIES.c.aggregation_key.in_(sorted(keys))
    newest = select(func.max(ACTIVITIES.c.first_seq)).where(of_key).group_by(ACTIVITIES.c.aggregation_key)
    return (await tx.execute(select(ACTIVITIES).where(ACTIVITIES.c.first_seq.in_(newest)))).mappings().all()


async def put(tx: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Adds rows, or brings those that are there up to date."""
    if rows:
        adding = inserting(tx, Activity).values(list(rows))
        changed = {name: adding.excluded[name] for name in CHANGING}
        await tx.execute(adding.on_conflict_do_update(index_elements=["first_seq"], set_=changed))


async def forget(tx: AsyncSession, project_id: str, before: int) -> None:
    """Removes what the project's events before the number `before` made."""
    gone = (ACTIVITIES.c.project_id == project_id, ACTIVITIES.c.first_seq < before)
    await tx.execute(delete(Activity).where(*gone))


async def forget_old(tx: AsyncSession, before: datetime, most: int) -> int:
    """Removes at most `most` activities whose newest event is older, the oldest first; how many."""
    rows = ACTIVITIES.c
    old = select(rows.first_seq).where(rows.timestamp < before).order_by(rows.timestamp, rows.first_seq).limit(most)
    gone = await tx.execute(delete(Activity).where(rows.first_seq.in_(old)))
    return int(gone.rowcount)  # type: ignore[attr-defined]


async def titles(tx: AsyncSession, subjects: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What the projects and beads are called that are named by their project and id."""
    wanted = set(subjects)
    if not wanted:
        return {}
    ids, rows = sorted({one for _, one in wanted}), list[Any]()
    for project_id, id_, name in (
        (col(Project.id), col(Project.id), col(Project.name)), (col(Bead.project_id), col(Bead.id), col(Bead.title)),
    ):  # fmt: skip
        rows += (await tx.execute(select(project_id, id_, name).where(id_.in_(ids)))).all()
    return {(row[0], row[1]): row[2] for row in rows if (row[0], row[1]) in wanted}


def _chosen(
    seen: Sequence[ColumnElement[bool]], conditions: Sequence[ColumnElement[bool]], limit: int, offset: int
) -> Select[Any]:
    """The keys of the page: of each part of what is seen the newest, and of those the newest."""
    parts = [
        select(ACTIVITIES.c.first_seq, ACTIVITIES.c.timestamp).where(part, *conditions).order_by(*_newest(ACTIVITIES))
        for part in seen
    ]
    if len(parts) == 1:
        return parts[0].limit(limit).offset(offset)
    both = union_all(*(select(part.limit(offset + limit).subquery()) for part in parts)).subquery()
    return select(both.c.first_seq, both.c.timestamp).order_by(*_newest(both)).limit(limit).offset(offset)


def _newest(rows: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return rows.c.timestamp.desc(), rows.c.first_seq.desc()


def _seen(actor: Actor, project_id: str | None) -> list[ColumnElement[bool]]:
    """What `actor` sees of the feed, in parts that an index finds in order; what is of no project everybody sees."""
    of = ACTIVITIES.c.project_id
    if project_id is not None:
        return [of == project_id if actor.sees(project_id) else false()]
    if actor.projects is None:
        return [true()]
    if len(actor.projects) > ONE_BY_ONE:
        return [or_(of.is_(None), within(actor, of))]
    return [of.is_(None), *(of == one for one in sorted(actor.projects))]


def _parts(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What is asked for, in parts of one project and one type each, unless that would be many."""
    seen, types = _seen(actor, wanted.project_id), wanted.types
    if types is None:
        return seen
    each = [ACTIVITIES.c.event_type == one for one in sorted(types)]
    if len(seen) * len(each) <= ONE_BY_ONE:
        return [and_(part, one) for part in seen for one in each]
    return [and_(part, *_of_types(types)) for part in seen]


def _of_types(types: frozenset[str] | None) -> list[ColumnElement[bool]]:
    return [] if types is None else [ACTIVITIES.c.event_type.in_(sorted(types))]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    rows = ACTIVITIES.c
    asked: list[ColumnElement[bool]] = []
    for column, value in ((rows.actor_id, wanted.actor_id), (rows.resource_type, wanted.resource_type)):
        asked += [column == value] if value is not None else []
    if wanted.besides:
        asked.append(rows.event_type.not_in(sorted(wanted.besides)))
    asked += [rows.timestamp >= wanted.since] if wanted.since else []
    asked += [rows.timestamp <= wanted.until] if wanted.until else []
    if wanted.aggregated is not None:
        asked.append(rows.aggregation_count > 1 if wanted.aggregated else rows.aggregation_count == 1)
    if wanted.before is not None:
        asked.append(tuple_(rows.timestamp, rows.first_seq) < wanted.before)
    return asked
