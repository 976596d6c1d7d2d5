"""Ready and blocked in SQL: the definition of graph.py, asked from the beads in question upwards, on any engine.

Every statement is built once; building them costs more than running them.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    not_,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.graph import ANY_CHILDREN, BLOCKING_BY_TARGET, PARENT_CHILD, WAITS_FOR
from loom_app.beads.models import TOMBSTONE, BeadStatus
from loom_app.beads.tables import BEADS, LEASES, LINKS, unfinished
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.columns import UtcDateTime

PERSON_TAG = "requires-human-config"
"""A bead with this tag waits for a person and is never dispatched."""
UNDISPATCHED_TYPES = (
    "merge-request", "gate", "molecule", "message", "agent", "role", "rig", "decision",
)  # fmt: skip
NOW = bindparam("now", type_=UtcDateTime)


async def ready(
    tx: AsyncSession, project_id: str | None, now: datetime, limit: int = 100, *, actor: Actor = SYSTEM
) -> Sequence[Any]:
    """The beads an agent may take at `now`, every column of Bead, most urgent and then newest first.

    Of all projects `actor` sees when `project_id` is None. Ready is: open, unblocked, neither deferred nor resting
    nor held.
    """
    projects = actor.projects if project_id is None else {project_id}
    query = _ready_query(_dialect(tx), narrowed=projects is not None)
    parameters = {"now": now, "wanted": sorted(projects or ()), "most": limit, **tag_parameters(PERSON_TAG)}
    rows: Sequence[Any] = (await tx.execute(query, parameters)).all()
    return rows


PAGE = ("id", "type", "title", "tags", "assigned_to", "priority", "created_at", "hops")
"""What a page of ready beads tells of each, besides the beginning of its description."""

PLACE = {"priority": Integer, "created": UtcDateTime, "id": String}
"""What says where a bead is in the order of `ready`."""


async def ready_page(
    tx: AsyncSession, project_id: str, now: datetime, *, after: Any | None, limit: int, described: int
) -> Sequence[Any]:
    """The next ready beads of a project after the row `after`, in the order of `ready`: PAGE, and `description` cut to
    `described` characters."""
    query = _page_query(_dialect(tx), after is not None)
    given = {"now": now, "project": project_id, "most": limit, "described": described, **tag_parameters(PERSON_TAG)}
    if after is not None:
        given |= {"priority": after.priority, "created": after.created_at, "id": after.id}
    rows: Sequence[Any] = (await tx.execute(query, given)).all()
    return rows


async def is_ready(tx: AsyncSession, bead_id: str, now: datetime) -> bool:
    """Whether `ready` would name this bead."""
    return bead_id in await ready_among(tx, [bead_id], now)


async def ready_among(tx: AsyncSession, bead_ids: Sequence[str], now: datetime) -> set[str]:
    """Those of these beads that `ready` would name."""
    given = {"now": now, "wanted": bead_ids, **tag_parameters(PERSON_TAG)}
    return set((await tx.execute(_ready_ids(_dialect(tx)), given)).scalars())


def ready_at(dialect: str, now: datetime) -> ColumnElement[bool]:
    """Whether `ready` would name a bead, as a part of other statements."""
    return _dispatchable(dialect, bindparam(None, now, UtcDateTime), PERSON_TAG)


def has_tag(dialect: str, tag: str | None = None) -> ColumnElement[bool]:
    """Whether a bead carries `tag`; without one, that of `tag_parameters`."""
    of = tag_parameters(tag or "")

    def given(name: str, kind: Any) -> Any:
        return bindparam(name, type_=kind) if tag is None else bindparam(None, of[name], kind)

    if dialect == "postgresql":
        return type_coerce(BEADS.c.tags, JSONB).contains(given("tag_listed", JSONB))
    each = func.json_each(BEADS.c.tags).table_valued("value")
    exactly = select(1).select_from(each).where(each.c.value == given("tag", String)).exists()
    return and_(func.instr(type_coerce(BEADS.c.tags, String), given("tag_quoted", String)) > 0, exactly)


def tag_parameters(tag: str) -> dict[str, Any]:
    """What `has_tag` asks for, on either engine."""
    return {"tag": tag, "tag_listed": [tag], "tag_quoted": json.dumps(tag)}


def _dialect(tx: AsyncSession) -> str:
    return tx.get_bind().dialect.name


@cache
def _ready_query(dialect: str, *, narrowed: bool) -> Select[Any]:
    """Takes `now`, `most` and, where it is narrowed to projects, `wanted`."""
    wanted = _dispatchable(dialect)
    if narrowed:
        wanted = and_(BEADS.c.project_id.in_(bindparam("wanted", expanding=True)), wanted)
    return (
        select(*BEADS.c)
        .where(wanted)
        .order_by(BEADS.c.priority, BEADS.c.created_at.desc(), BEADS.c.id)
        .limit(bindparam("most"))
    )


@cache
def _ready_ids(dialect: str) -> Select[Any]:
    """Takes `now` and `wanted`."""
    return select(BEADS.c.id).where(BEADS.c.id.in_(bindparam("wanted", expanding=True)), _dispatchable(dialect))


@cache
def _page_query(dialect: str, onward: bool) -> Select[Any]:
    """Takes `now`, `project`, `most`, `described` and, where it goes on after a row, PLACE."""
    wanted = and_(BEADS.c.project_id == bindparam("project", type_=String), _dispatchable(dialect))
    if onward:
        wanted = and_(wanted, _after(*(bindparam(name, type_=kind) for name, kind in PLACE.items())))
    description = func.substr(BEADS.c.description, 1, bindparam("described", type_=Integer)).label("description")
    columns = [BEADS.c[name] for name in PAGE]
    query = select(*columns, description).where(wanted, not_(_has_open_children()))
    return query.order_by(BEADS.c.priority, BEADS.c.created_at.desc(), BEADS.c.id).limit(bindparam("most"))


def _after(priority: Any, created: Any, bead_id: Any) -> ColumnElement[bool]:
    """Whether a bead comes after another in the order of `ready`."""
    same = BEADS.c.priority == priority
    later = or_(BEADS.c.created_at < created, and_(BEADS.c.created_at == created, BEADS.c.id > bead_id))
    return or_(BEADS.c.priority > priority, and_(same, later))


def _has_open_children() -> ColumnElement[bool]:
    """Whether a bead is an epic that nobody could finish: something under it is still to be done."""
    link, child = LINKS.alias(), BEADS.alias()
    below = (
        select(1)
        .select_from(link)
        .join(child, and_(child.c.id == link.c.bead_id, unfinished(child)))
        .where(link.c.depends_on_id == BEADS.c.id, link.c.type == PARENT_CHILD)
        .exists()
    )
    return and_(BEADS.c.type == "epic", below)


def all_blocked() -> Select[Any]:
    """The ids of all blocked beads: those that wait themselves, and down from them their unfinished children."""
    waiting = or_(_waits_for_target(BEADS.c.id), _waits_for_children(BEADS.c.id))
    down = select(cast(BEADS.c.id, String).label("id")).where(unfinished(BEADS), waiting).cte("blocked", recursive=True)
    link, child = LINKS.alias(), BEADS.alias()
    down = down.union(
        select(cast(link.c.bead_id, String))
        .join(down, and_(down.c.id == link.c.depends_on_id, link.c.type == PARENT_CHILD))
        .join(child, and_(child.c.id == link.c.bead_id, unfinished(child)))
    )
    return select(down.c.id)


def blocked_among(asked: Select[Any]) -> Select[Any]:
    """The ids among those of unfinished beads that are blocked, directly or through a chain of unfinished parents."""
    seed = cast(asked.subquery().c.id, String)
    up = select(seed.label("asked_id"), seed.label("id")).cte("lineage", recursive=True)
    link, parent = LINKS.alias(), BEADS.alias()
    up = up.union(
        select(up.c.asked_id, cast(link.c.depends_on_id, String))
        .join(link, and_(link.c.bead_id == up.c.id, link.c.type == PARENT_CHILD))
        .join(parent, and_(parent.c.id == link.c.depends_on_id, unfinished(parent)))
    )
    return select(up.c.asked_id).where(or_(_waits_for_target(up.c.id), _waits_for_children(up.c.id)))


def _dispatchable(dialect: str, now: Any = NOW, person_tag: str | None = None) -> ColumnElement[bool]:
    """What ready means."""
    held = select(1).where(LEASES.c.bead_id == BEADS.c.id, LEASES.c.expires_at > now).exists()
    return and_(
        BEADS.c.status == BeadStatus.OPEN,
        BEADS.c.is_blocked.is_(False),
        BEADS.c.source_status.in_(("", "open")),
        BEADS.c.pinned.is_(False),
        BEADS.c.ephemeral.is_(False),
        BEADS.c.type.not_in(UNDISPATCHED_TYPES),
        *(or_(moment.is_(None), moment <= now) for moment in (BEADS.c.not_before, BEADS.c.defer_until)),
        not_(has_tag(dialect, person_tag)),
        not_(_parent_deferred(now)),
        not_(held),
    )


def _parent_deferred(now: Any) -> ColumnElement[bool]:
    link, parent = LINKS.alias(), BEADS.alias()
    return (
        select(1)
        .select_from(link)
        .join(parent, parent.c.id == link.c.depends_on_id)
        .where(link.c.bead_id == BEADS.c.id, link.c.type == PARENT_CHILD, parent.c.defer_until > now)
        .exists()
    )


def _waits_for_target(bead_id: ColumnElement[str]) -> ColumnElement[bool]:
    link, target = LINKS.alias(), BEADS.alias()
    return (
        select(1)
        .select_from(link)
        .join(target, and_(target.c.id == link.c.depends_on_id, unfinished(target)))
        .where(link.c.bead_id == bead_id, link.c.type.in_(BLOCKING_BY_TARGET))
        .exists()
    )


def _waits_for_children(bead_id: ColumnElement[str]) -> ColumnElement[bool]:
    link = LINKS.alias()
    enough = and_(link.c.gate == ANY_CHILDREN, _has_child(link, _finished))
    return (
        select(1)
        .select_from(link)
        .where(link.c.bead_id == bead_id, link.c.type == WAITS_FOR, _has_child(link, unfinished), not_(enough))
        .exists()
    )


def _finished(child: Any) -> ColumnElement[bool]:
    return and_(child.c.status == BeadStatus.DONE, child.c.source_status != TOMBSTONE)


def _has_child(link: Any, such: Any) -> ColumnElement[bool]:
    """Whether the target of `link` has a child of which `such` holds."""
    kin, child = LINKS.alias(), BEADS.alias()
    return (
        select(1)
        .select_from(kin)
        .join(child, and_(child.c.id == kin.c.bead_id, such(child)))
        .where(kin.c.depends_on_id == link.c.depends_on_id, kin.c.type == PARENT_CHILD)
        .correlate(link)
        .exists()
    )
