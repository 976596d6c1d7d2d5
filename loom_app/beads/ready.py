"""Ready and blocked in SQL: the definition of graph.py, asked from the beads in question upwards, on any engine."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, not_, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from loom_app.beads.graph import ANY_CHILDREN, BLOCKING_BY_TARGET, PARENT_CHILD, WAITS_FOR
from loom_app.beads.models import Bead, BeadStatus, Dependency, Lease

PERSON_TAG = "requires-human-config"
"""A bead with this tag waits for a person and is never dispatched."""
UNDISPATCHED_TYPES = (
    "merge-request", "gate", "molecule", "message", "agent", "role", "rig", "decision",
)  # fmt: skip
COLUMNS = tuple(Bead.__table__.columns)  # type: ignore[attr-defined]
CHUNK = 500
"""How many values one IN list takes."""


async def ready(tx: AsyncSession, project_id: str | None, now: datetime, limit: int = 100) -> Sequence[Any]:
    """The beads an agent may take at `now`, every column of Bead, most urgent and then newest first.

    Of all projects when `project_id` is None. Ready is: open, unblocked, neither deferred nor resting nor held.
    """
    wanted = _dispatchable(tx, now)
    if project_id is not None:
        wanted = and_(wanted, col(Bead.project_id) == project_id)
    return await _ready_among(tx, wanted, limit)


async def is_ready(tx: AsyncSession, bead_id: str, now: datetime) -> bool:
    """Whether `ready` would name this bead."""
    return bool(await _ready_among(tx, and_(col(Bead.id) == bead_id, _dispatchable(tx, now)), 1))


async def _ready_among(tx: AsyncSession, wanted: ColumnElement[bool], limit: int) -> Sequence[Any]:
    candidates = select(col(Bead.id)).where(wanted).cte("candidates")
    query = (
        select(*COLUMNS)
        .join(candidates, candidates.c.id == col(Bead.id))
        .where(candidates.c.id.not_in(_blocked_among(select(candidates.c.id))))
        .order_by(col(Bead.priority), col(Bead.created_at).desc(), col(Bead.id))
    )
    return (await tx.execute(query.limit(limit))).all()


async def blocked_ids(tx: AsyncSession, bead_ids: Iterable[str]) -> set[str]:
    """Those of `bead_ids` that are blocked."""
    found: set[str] = set()
    for chunk in chunks(bead_ids):
        asked = select(col(Bead.id)).where(col(Bead.id).in_(chunk), unfinished(Bead))
        found.update((await tx.execute(_blocked_among(asked))).scalars())
    return found


def _blocked_among(asked: Select[Any]) -> Select[Any]:
    """The ids among those of unfinished beads that are blocked, directly or through a chain of unfinished parents."""
    seed = cast(asked.subquery().c.id, String)
    up = select(seed.label("asked_id"), seed.label("id")).cte("lineage", recursive=True)
    link, parent = aliased(Dependency), aliased(Bead)
    up = up.union(
        select(up.c.asked_id, cast(col(link.depends_on_id), String))
        .join(link, and_(col(link.bead_id) == up.c.id, col(link.type) == PARENT_CHILD))
        .join(parent, and_(col(parent.id) == col(link.depends_on_id), unfinished(parent)))
    )
    return select(up.c.asked_id).where(or_(_waits_for_target(up.c.id), _waits_for_children(up.c.id)))


def has_tag(tx: AsyncSession, tag: str) -> ColumnElement[bool]:
    """Whether a bead carries `tag`."""
    if tx.get_bind().dialect.name == "postgresql":
        return type_coerce(col(Bead.tags), JSONB).contains([tag])
    each = func.json_each(col(Bead.tags)).table_valued("value")
    exactly = select(1).select_from(each).where(each.c.value == tag).exists()
    return and_(func.instr(type_coerce(col(Bead.tags), String), json.dumps(tag)) > 0, exactly)


def chunks(values: Iterable[str]) -> Iterable[list[str]]:
    """`values` without repetition, in lists short enough for one query."""
    unique = list(dict.fromkeys(values))
    return (unique[start : start + CHUNK] for start in range(0, len(unique), CHUNK))


def unfinished(bead: Any) -> ColumnElement[bool]:
    """Whether a bead still counts: neither done nor pinned to the board."""
    return and_(col(bead.status) != BeadStatus.DONE, col(bead.source_status) != "pinned")


def _dispatchable(tx: AsyncSession, now: datetime) -> ColumnElement[bool]:
    """Everything ready means apart from dependencies that block."""
    held = select(1).where(col(Lease.bead_id) == col(Bead.id), col(Lease.expires_at) > now).exists()
    return and_(
        col(Bead.status) == BeadStatus.OPEN,
        col(Bead.source_status).in_(("", "open")),
        col(Bead.pinned).is_(False),
        col(Bead.ephemeral).is_(False),
        col(Bead.type).not_in(UNDISPATCHED_TYPES),
        *(_passed(col(moment), now) for moment in (Bead.not_before, Bead.defer_until)),
        not_(has_tag(tx, PERSON_TAG)),
        not_(_parent_deferred(now)),
        not_(held),
    )


def _passed(moment: Any, now: datetime) -> ColumnElement[bool]:
    return or_(moment.is_(None), moment <= now)


def _parent_deferred(now: datetime) -> ColumnElement[bool]:
    link, parent = aliased(Dependency), aliased(Bead)
    return (
        select(1)
        .select_from(link)
        .join(parent, col(parent.id) == col(link.depends_on_id))
        .where(col(link.bead_id) == col(Bead.id), col(link.type) == PARENT_CHILD, col(parent.defer_until) > now)
        .exists()
    )


def _waits_for_target(bead_id: ColumnElement[str]) -> ColumnElement[bool]:
    link, target = aliased(Dependency), aliased(Bead)
    return (
        select(1)
        .select_from(link)
        .join(target, and_(col(target.id) == col(link.depends_on_id), unfinished(target)))
        .where(col(link.bead_id) == bead_id, col(link.type).in_(BLOCKING_BY_TARGET))
        .exists()
    )


def _waits_for_children(bead_id: ColumnElement[str]) -> ColumnElement[bool]:
    link = aliased(Dependency)
    enough = and_(col(link.gate) == ANY_CHILDREN, _has_child(link, lambda child: col(child.status) == BeadStatus.DONE))
    return (
        select(1)
        .select_from(link)
        .where(col(link.bead_id) == bead_id, col(link.type) == WAITS_FOR, _has_child(link, unfinished), not_(enough))
        .exists()
    )


def _has_child(link: Any, such: Any) -> ColumnElement[bool]:
    """Whether the target of `link` has a child of which `such` holds."""
    kin, child = aliased(Dependency), aliased(Bead)
    return (
        select(1)
        .select_from(kin)
        .join(child, and_(col(child.id) == col(kin.bead_id), such(child)))
        .where(col(kin.depends_on_id) == col(link.depends_on_id), col(kin.type) == PARENT_CHILD)
        .correlate(link)
        .exists()
    )
