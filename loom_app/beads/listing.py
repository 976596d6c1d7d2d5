"""The list of beads: rows, leases and how many there are in one statement, built once a shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.epics import beneath
from loom_app.beads.models import TOMBSTONE, BeadStatus
from loom_app.beads.ready import has_tag, tag_parameters
from loom_app.beads.schemas import BeadView
from loom_app.beads.tables import BEADS, LEASES, UNFINISHED, ids_of, ids_parameter

Also = tuple[ColumnElement[bool], ...]
SHOWN = tuple(name for name in BeadView.model_fields if name in BEADS.c)
"""The columns that are shown as they are; they come first in every row."""
LEASE = tuple(LEASES.c[name].label(f"lease_{name}") for name in ("holder", "run_id", "expires_at"))
ORDERS = {
    "priority": ("priority", "-created_at", "id"),
    "updated": ("-updated_at", "id"),
    "created": ("-created_at", "id"),
    "id": ("id",),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which beads of a list are wanted; what is empty does not narrow it."""

    projects: frozenset[str] | None
    """The projects whoever asks sees, None for all of them; the one filter that also narrows when it is empty."""
    project_id: str = ""
    status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    assigned_to: tuple[str, ...] = ()
    priority: tuple[int, ...] = ()
    tag: str = ""
    epic: str = ""
    """What is under it at any depth."""
    is_left: bool = False
    """Only what is not done yet."""
    ids: tuple[str, ...] | None = None
    """These beads alone, None for all of them; narrows also when it is empty."""
    also: Also = ()
    """What else has to hold of a bead, as the search puts it."""

    def parameters(self) -> dict[str, Any]:
        """The values of the statement, by name; a name that is absent does not narrow."""
        boards = [status for status in self.status if status in set(BeadStatus)]
        others = [status for status in self.status if status not in set(BeadStatus)]
        values: dict[str, Any] = {
            "project_id": self.project_id, "type": list(self.type), "assigned_to": list(self.assigned_to),
            "priority": list(self.priority), "tag": self.tag, "epic": self.epic,
            "is_left": self.is_left, "status": boards or others, "boards": boards, "others": others,
        }  # fmt: skip
        given = {
            name: value for name, value in values.items() if value or (name in ("boards", "others") and self.status)
        }
        if self.ids is not None:
            given |= ids_parameter(self.ids)
        return given if self.projects is None else {**given, "projects": sorted(self.projects)}


async def row(tx: AsyncSession, bead_id: str) -> Any | None:
    """One bead with its lease, to be shown."""
    return (await tx.execute(_one(), {"wanted": bead_id})).first()


async def page(
    tx: AsyncSession, filters: Filters, *, order: str, limit: int, offset: int, columns: tuple[str, ...] = SHOWN
) -> tuple[Sequence[Any], int]:
    """The wanted part of the beads that match, each with its lease, and how many match in all.

    Of each bead only `columns` are read. Deleted beads are left out unless their status is asked for.
    """
    given = filters.parameters()
    dialect, names = tx.get_bind().dialect.name, frozenset(given)
    values = {**given, **tag_parameters(filters.tag)}
    # Conditions of the search are made for one request; a statement with them is not worth keeping.
    paged, counted = (_page.__wrapped__, _count.__wrapped__) if filters.also else (_page, _count)
    query = paged(dialect, order, names, columns, filters.also)
    rows = (await tx.execute(query, {**values, "most": limit, "skip": offset})).all()
    if rows:
        return rows, rows[0].total
    return rows, (await tx.execute(counted(dialect, names, filters.also), values)).scalar_one() if offset else 0


@cache
def _one() -> Select[Any]:
    joined = BEADS.outerjoin(LEASES, LEASES.c.bead_id == BEADS.c.id)
    return select(*_shown(SHOWN), *LEASE).select_from(joined).where(BEADS.c.id == bindparam("wanted", type_=String))


@cache
def _page(dialect: str, order: str, names: frozenset[str], columns: tuple[str, ...], also: Also) -> Select[Any]:
    wanted = select(BEADS.c.id).where(_matching(dialect, names), *also)
    cut = wanted.order_by(*_order(order)).limit(bindparam("most")).offset(bindparam("skip")).cte("page")
    total = _count.__wrapped__(dialect, names, also).scalar_subquery().label("total")
    joined = cut.join(BEADS, BEADS.c.id == cut.c.id).outerjoin(LEASES, LEASES.c.bead_id == cut.c.id)
    shown = select(*_shown(columns), *LEASE, total)
    return shown.select_from(joined).order_by(*_order(order))


@cache
def _count(dialect: str, names: frozenset[str], also: Also) -> Select[Any]:
    inner = select(BEADS.c.id).where(_matching(dialect, names), *also).subquery()
    return select(func.count()).select_from(inner)


def _shown(columns: tuple[str, ...]) -> list[Any]:
    return [BEADS.c[name] for name in columns]


def _order(order: str) -> list[Any]:
    return [BEADS.c[name[1:]].desc() if name.startswith("-") else BEADS.c[name] for name in ORDERS[order]]


def _matching(dialect: str, names: frozenset[str]) -> ColumnElement[bool]:
    wanted = [_status() if "status" in names else BEADS.c.source_status != TOMBSTONE]
    if "project_id" in names:
        wanted.append(BEADS.c.project_id == bindparam("project_id", type_=String))
    if "projects" in names:
        wanted.append(BEADS.c.project_id.in_(bindparam("projects", expanding=True)))
    wanted += [
        BEADS.c[name].in_(bindparam(name, expanding=True))
        for name in ("type", "assigned_to", "priority")
        if name in names
    ]
    if "epic" in names:
        wanted.append(BEADS.c.id.in_(beneath("epic", restricted="projects" in names)))
    if "is_left" in names:
        wanted.append(BEADS.c.status.in_(UNFINISHED))
    if "ids" in names:
        wanted.append(BEADS.c.id.in_(ids_of(dialect)))
    if "tag" in names:
        wanted.append(has_tag(dialect))
    return and_(*wanted)


def _status() -> ColumnElement[bool]:
    """A status of the board means every bead of that column; another one those that came with it."""
    boards: Any = bindparam("boards", expanding=True)
    others: Any = bindparam("others", expanding=True)
    on_board = and_(BEADS.c.status.in_(boards), BEADS.c.source_status != TOMBSTONE)
    return or_(on_board, BEADS.c.source_status.in_(others))
