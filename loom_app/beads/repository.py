"""Queries of beads and their dependencies. Lists are Core rows; ORM objects are for changing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.graph import BLOCKING_TYPES, Edge
from loom_app.beads.models import Bead, BeadStatus, Dependency, Lease
from loom_app.beads.ready import COLUMNS, chunks, has_tag

TOMBSTONE = "tombstone"
LEASE: tuple[Any, ...] = (
    col(Lease.holder).label("lease_holder"),
    col(Lease.run_id).label("lease_run_id"),
    col(Lease.expires_at).label("lease_expires_at"),
)
ORDERS: dict[str, tuple[Any, ...]] = {
    "priority": (col(Bead.priority), col(Bead.created_at).desc(), col(Bead.id)),
    "updated": (col(Bead.updated_at).desc(), col(Bead.id)),
    "created": (col(Bead.created_at).desc(), col(Bead.id)),
    "id": (col(Bead.id),),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which beads of a list are wanted; what is empty does not narrow it."""

    project_id: str = ""
    status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    assigned_to: tuple[str, ...] = ()
    priority: tuple[int, ...] = ()
    tag: str = ""
    q: str = ""
    """A text in the title or the id, small and capital letters alike."""


async def get(tx: AsyncSession, bead_id: str) -> Bead | None:
    """The bead, to be changed."""
    return await tx.get(Bead, bead_id)


async def row(tx: AsyncSession, bead_id: str) -> Any | None:
    """One bead with its lease, to be shown."""
    query = select(*COLUMNS, *LEASE).outerjoin(Lease, col(Lease.bead_id) == col(Bead.id)).where(col(Bead.id) == bead_id)
    return (await tx.execute(query)).first()


async def page(tx: AsyncSession, filters: Filters, *, order: str, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """The wanted part of the beads that match, each with its lease, and how many match in all. Deleted ones are out."""
    wanted = _matching(tx, filters)
    query = select(*COLUMNS, *LEASE).outerjoin(Lease, col(Lease.bead_id) == col(Bead.id)).where(wanted)
    rows = (await tx.execute(query.order_by(*ORDERS[order]).limit(limit).offset(offset))).all()
    if len(rows) < limit and (rows or not offset):
        return rows, offset + len(rows)
    return rows, (await tx.execute(select(func.count()).select_from(Bead).where(wanted))).scalar_one()


def _matching(tx: AsyncSession, filters: Filters) -> ColumnElement[bool]:
    wanted = [_status_in(filters.status)]
    if filters.project_id:
        wanted.append(col(Bead.project_id) == filters.project_id)
    for column, values in (
        (col(Bead.type), filters.type),
        (col(Bead.assigned_to), filters.assigned_to),
        (col(Bead.priority), filters.priority),
    ):
        if values:
            wanted.append(column.in_(values))
    if filters.tag:
        wanted.append(has_tag(tx, filters.tag))
    if filters.q:
        wanted.append(or_(*(c.icontains(filters.q, autoescape=True) for c in (col(Bead.title), col(Bead.id)))))
    return and_(*wanted)


def _status_in(wanted: tuple[str, ...]) -> ColumnElement[bool]:
    """A status of the board means every bead of that column; another one those that came with it."""
    if not wanted:
        return col(Bead.source_status) != TOMBSTONE
    boards = [status for status in wanted if status in set(BeadStatus)]
    others = [status for status in wanted if status not in set(BeadStatus)]
    on_board = and_(col(Bead.status).in_(boards), col(Bead.source_status) != TOMBSTONE)
    return or_(on_board, col(Bead.source_status).in_(others))


async def links(tx: AsyncSession, bead_ids: Iterable[str]) -> list[Any]:
    """Every dependency that starts or ends at one of `bead_ids`: rows of bead_id, depends_on_id, type."""
    found: dict[tuple[str, str], Any] = {}
    columns = (col(Dependency.bead_id), col(Dependency.depends_on_id), col(Dependency.type))
    for chunk in chunks(bead_ids):
        either = or_(col(Dependency.bead_id).in_(chunk), col(Dependency.depends_on_id).in_(chunk))
        for link in (await tx.execute(select(*columns).where(either))).all():
            found[link.bead_id, link.depends_on_id] = link
    return sorted(found.values())


async def links_from(tx: AsyncSession, bead_ids: Iterable[str], types: Sequence[str] = ()) -> list[Dependency]:
    """The dependencies that start at one of `bead_ids`, of `types` only when there are any."""
    return await _dependencies(tx, col(Dependency.bead_id), bead_ids, types)


async def links_to(tx: AsyncSession, bead_ids: Iterable[str], types: Sequence[str] = ()) -> list[Dependency]:
    """The dependencies that end at one of `bead_ids`, of `types` only when there are any."""
    return await _dependencies(tx, col(Dependency.depends_on_id), bead_ids, types)


async def _dependencies(tx: AsyncSession, end: Any, bead_ids: Iterable[str], types: Sequence[str]) -> list[Dependency]:
    found: list[Dependency] = []
    for chunk in chunks(bead_ids):
        query = select(Dependency).where(end.in_(chunk))
        found += (await tx.execute(query.where(col(Dependency.type).in_(types)) if types else query)).scalars()
    return found


async def standings(tx: AsyncSession, bead_ids: Iterable[str]) -> list[Any]:
    """id, status, source_status and title of those of `bead_ids` that exist."""
    found: list[Any] = []
    columns = (col(Bead.id), col(Bead.status), col(Bead.source_status), col(Bead.title), col(Bead.project_id))
    for chunk in chunks(bead_ids):
        found += (await tx.execute(select(*columns).where(col(Bead.id).in_(chunk)))).all()
    return found


async def known_ids(tx: AsyncSession, bead_ids: Iterable[str]) -> set[str]:
    """Those of `bead_ids` that exist."""
    found: set[str] = set()
    for chunk in chunks(bead_ids):
        found.update((await tx.execute(select(col(Bead.id)).where(col(Bead.id).in_(chunk)))).scalars())
    return found


async def count(tx: AsyncSession, project_id: str) -> int:
    """How many beads a project has, deleted ones included."""
    query = select(func.count()).select_from(Bead).where(col(Bead.project_id) == project_id)
    return (await tx.execute(query)).scalar_one()


async def edges_beyond(tx: AsyncSession, bead_id: str) -> list[Edge]:
    """Every dependency that could leave a bead waiting and is reached from `bead_id` along "depends on"."""
    start = select(literal(bead_id, String).label("id")).cte("reached", recursive=True)
    blocking = col(Dependency.type).in_(BLOCKING_TYPES)
    onward = select(cast(col(Dependency.depends_on_id), String)).join(start, start.c.id == col(Dependency.bead_id))
    reached = start.union(onward.where(blocking))
    columns = (col(Dependency.bead_id), col(Dependency.depends_on_id), col(Dependency.type), col(Dependency.gate))
    query = select(*columns).join(reached, reached.c.id == col(Dependency.bead_id)).where(blocking)
    return [Edge(*link) for link in (await tx.execute(query)).all()]
