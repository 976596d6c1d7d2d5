"""Queries of cards: Core rows of the few columns a card needs, each statement built once a shape."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.graph import PARENT_CHILD, WAITING_TYPES
from loom_app.beads.models import TOMBSTONE, BeadStatus
from loom_app.beads.tables import BEADS, LEASES, LINKS, ids_of, ids_parameter, unfinished

REASON_SHOWN = 200
"""How many characters of a reason a card has."""
PLAIN = (
    "id", "title", "type", "status", "priority", "project_id", "assigned_to", "tags", "due_date", "defer_until",
    "not_before", "created_at", "updated_at", "closed_at", "is_blocked",
)  # fmt: skip
SHOWN = (*PLAIN, "status_reason", "source_status")
"""What is shown as it is; it comes first in every row of a card."""
PRESENT = BEADS.c.source_status != TOMBSTONE


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which beads: of `projects` (None: of all), of one project, or only those named by `ids`."""

    projects: frozenset[str] | None
    project_id: str = ""
    ids: tuple[str, ...] | None = None
    most_done: int | None = None
    """How many finished beads at the most, the latest first; None for all."""

    def parameters(self) -> dict[str, Any]:
        """The values of a statement by name; a name that is absent does not narrow."""
        given = {
            "projects": None if self.projects is None else sorted(self.projects),
            "project_id": self.project_id or None,
            "ids": None if self.ids is None else ids_parameter(self.ids)["ids"],
            "most_done": self.most_done,
        }
        return {name: value for name, value in given.items() if value is not None}


async def beads(tx: AsyncSession, wanted: Wanted) -> Sequence[Any]:
    """The rows of cards, each with its lease and whether it is blocked, in no order."""
    given = wanted.parameters()
    rows: Sequence[Any] = (await tx.execute(_beads(tx.get_bind().dialect.name, frozenset(given)), given)).all()
    return rows


async def links(tx: AsyncSession, wanted: Wanted) -> Sequence[Any]:
    """What the wanted beads wait for and stand under: bead_id, depends_on_id, type, project_id of the other end."""
    given = wanted.parameters()
    rows: Sequence[Any] = (await tx.execute(_links(tx.get_bind().dialect.name, frozenset(given)), given)).all()
    return rows


async def reach_out(tx: AsyncSession, projects: frozenset[str]) -> bool:
    """Whether a bead of `projects` and one of another project depend on each other."""
    one, other = BEADS.alias(), BEADS.alias()
    for here, there in ((one, other), (other, one)):
        joined = LINKS.join(one, one.c.id == LINKS.c.bead_id).join(other, other.c.id == LINKS.c.depends_on_id)
        across = here.c.project_id.in_(projects), there.c.project_id.not_in(projects)
        if (await tx.execute(select(LINKS.c.bead_id).select_from(joined).where(*across).limit(1))).first():
            return True
    return False


async def leases(tx: AsyncSession, projects: frozenset[str] | None = None) -> Sequence[Any]:
    """The leases that somebody has, by bead, of `projects` or of all: bead_id, holder, run_id, expires_at."""
    columns = [LEASES.c[name] for name in ("bead_id", "holder", "run_id", "expires_at")]
    query = select(*columns).where(LEASES.c.expires_at.is_not(None)).order_by(LEASES.c.bead_id)
    if projects is not None:
        query = query.join(BEADS, BEADS.c.id == LEASES.c.bead_id).where(BEADS.c.project_id.in_(projects))
    rows: Sequence[Any] = (await tx.execute(query)).all()
    return rows


async def ancestors(tx: AsyncSession, bead_ids: Iterable[str]) -> Sequence[Any]:
    """Beads above others: id, title, type, status, project_id and the id of their own parent."""
    given = ids_parameter(bead_ids)
    rows: Sequence[Any] = (await tx.execute(_ancestors(tx.get_bind().dialect.name), given)).all()
    return rows


async def counts(tx: AsyncSession, wanted: Wanted) -> dict[str, int]:
    """How many beads each column holds, those left out too."""
    given = {name: value for name, value in wanted.parameters().items() if name in ("projects", "project_id")}
    rows = (await tx.execute(_counts(frozenset(given)), given)).all()
    return dict.fromkeys(BeadStatus, 0) | {row.status: row.beads for row in rows}


@cache
def _beads(dialect: str, names: frozenset[str]) -> Select[Any]:
    cut = _wanted(dialect, names).cte("wanted")
    lease = [LEASES.c[name].label(f"lease_{name}") for name in ("holder", "run_id", "expires_at")]
    reason = func.substr(BEADS.c.status_reason, 1, REASON_SHOWN).label("status_reason")
    status = case((BEADS.c.source_status != "", BEADS.c.source_status)).label("source_status")
    shown = select(*(BEADS.c[name] for name in PLAIN), reason, status, *lease)
    return shown.select_from(cut.join(BEADS, BEADS.c.id == cut.c.id).outerjoin(LEASES, LEASES.c.bead_id == cut.c.id))


@cache
def _links(dialect: str, names: frozenset[str]) -> Select[Any]:
    cut, other = _wanted(dialect, names).cte("wanted"), BEADS.alias("other")
    waits = and_(LINKS.c.type.in_(sorted(WAITING_TYPES)), unfinished(other))
    return (
        select(LINKS.c.bead_id, LINKS.c.depends_on_id, LINKS.c.type, other.c.project_id)
        .select_from(cut.join(LINKS, LINKS.c.bead_id == cut.c.id).join(other, other.c.id == LINKS.c.depends_on_id))
        .where(or_(LINKS.c.type == PARENT_CHILD, waits))
        .order_by(LINKS.c.bead_id, LINKS.c.depends_on_id)
    )


@cache
def _ancestors(dialect: str) -> Select[Any]:
    up = and_(LINKS.c.bead_id == BEADS.c.id, LINKS.c.type == PARENT_CHILD)
    columns = [BEADS.c[name] for name in ("id", "title", "type", "status", "project_id")]
    above = func.min(LINKS.c.depends_on_id).label("parent")
    found = select(*columns, above).select_from(BEADS.outerjoin(LINKS, up)).where(BEADS.c.id.in_(ids_of(dialect)))
    return found.where(PRESENT).group_by(*columns)


@cache
def _counts(names: frozenset[str]) -> Select[Any]:
    counted = select(BEADS.c.status, func.count().label("beads")).where(_seen(names))
    return counted.group_by(BEADS.c.status)


def _wanted(dialect: str, names: frozenset[str]) -> Select[Any]:
    """id, status and source_status of the wanted beads."""
    columns = (BEADS.c.id, BEADS.c.status, BEADS.c.source_status)
    seen = _seen(names)
    if "ids" in names:
        return select(*columns).where(seen, BEADS.c.id.in_(ids_of(dialect)))
    if "most_done" not in names:
        return select(*columns).where(seen)
    done = BEADS.c.status == BeadStatus.DONE
    latest = select(BEADS.c.id).where(seen, done).order_by(BEADS.c.closed_at.desc().nulls_last(), BEADS.c.id)
    return select(*columns).where(
        seen, or_(BEADS.c.status != BeadStatus.DONE, BEADS.c.id.in_(latest.limit(bindparam("most_done"))))
    )


def _seen(names: frozenset[str]) -> ColumnElement[bool]:
    wanted = [PRESENT]
    if "projects" in names:
        wanted.append(BEADS.c.project_id.in_(bindparam("projects", expanding=True)))
    if "project_id" in names:
        wanted.append(BEADS.c.project_id == bindparam("project_id", type_=String))
    return and_(*wanted)
