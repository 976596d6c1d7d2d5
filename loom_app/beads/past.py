"""Reading the history of beads: the entries of one, the rows of a change, and what has happened since."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads import repository
from loom_app.beads.fields import shown_value
from loom_app.beads.history import CREATED
from loom_app.beads.link_history import DEPENDENCIES, LISTS
from loom_app.beads.models import FieldChange
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.kernel.scope import within

OF_LINKS = (DEPENDENCIES, *LISTS)


async def page(
    tx: AsyncSession, bead_id: str, *, actor: Actor, limit: int, before: int | None
) -> tuple[list[dict[str, Any]], int]:
    """The entries of a bead's history older than the entry `before`, newest first, and how many there are in all.

    What happened while the bead was in a project that `actor` does not see is left out, and so are beads of such.
    """
    hidden, silent = await _hidden(tx, bead_id, actor)
    told = _told(bead_id, actor, silent)
    query = select(FieldChange).where(told).order_by(col(FieldChange.seq).desc()).limit(limit)
    if before is not None:
        query = query.where(col(FieldChange.seq) < before)
    rows = (await tx.execute(query)).scalars().all()
    total = (await tx.execute(select(func.count()).select_from(FieldChange).where(told))).scalar_one()
    final = await _final(tx, {row.change_id for row in rows}, actor)
    return [_entry(row, hidden, actor, undoable=row.change_id not in final) for row in rows], total


async def of_change(tx: AsyncSession, change_id: str) -> Sequence[FieldChange]:
    """Every row of a change that is left, in order. Raises NotFound when there is none."""
    query = select(FieldChange).where(col(FieldChange.change_id) == change_id).order_by(col(FieldChange.seq))
    rows = (await tx.execute(query)).scalars().all()
    if not rows:
        raise no_such_change(change_id)
    return rows


def no_such_change(change_id: str) -> NotFound:
    """The refusal for an unknown change."""
    return NotFound(
        f"There is no change {change_id[:100]!r}. GET /api/v1/beads/{{bead_id}}/history lists those of a bead.",
        code="change_not_found",
    )


async def changed_since(tx: AsyncSession, row: FieldChange) -> Conflict:
    """The refusal for a field that is no longer as the change of `row` left it."""
    query = select(FieldChange).where(
        col(FieldChange.bead_id) == row.bead_id,
        col(FieldChange.field) == row.field,
        col(FieldChange.seq) > (row.seq or 0),
    )
    later = (await tx.execute(query.order_by(col(FieldChange.seq).desc()).limit(1))).scalar()
    who, at = (later.actor_name, rfc3339(later.at)) if later else (None, None)
    since = f"was changed again by {who} at {at}" if later else "is no longer what this change made it"
    return Conflict(
        f"{row.bead_id}: {row.field} {since}. Undo what came after first, or set the field by hand.",
        code="changed_since", bead_id=row.bead_id, field=row.field, by=who, at=at,
    )  # fmt: skip


def _told(bead_id: str, actor: Actor, silent: list[int]) -> ColumnElement[bool]:
    return and_(
        col(FieldChange.bead_id) == bead_id,
        col(FieldChange.shown),
        within(actor, col(FieldChange.project_id)),
        col(FieldChange.seq).not_in(silent),
    )


async def _hidden(tx: AsyncSession, bead_id: str, actor: Actor) -> tuple[set[str], list[int]]:
    """The beads `actor` does not see among the bead's neighbours of all times, and the rows that name no others."""
    if actor.projects is None:
        return set(), []
    query = select(FieldChange).where(col(FieldChange.bead_id) == bead_id, col(FieldChange.field).in_(OF_LINKS))
    rows = (await tx.execute(query)).scalars().all()
    named = {_target(one) for row in rows for one in [*row.before, *row.after]}
    hidden = await repository.hidden_among(tx, named, actor)
    silent = [row for row in rows if _without(row.before, hidden) == _without(row.after, hidden)]
    return hidden, [row.seq or 0 for row in silent]


async def _final(tx: AsyncSession, change_ids: set[str], actor: Actor) -> set[str]:
    """Those of the changes that cannot be undone: they made a bead, are not whole or not all of them is seen."""
    counted = func.count()
    query = select(col(FieldChange.change_id)).where(col(FieldChange.change_id).in_(change_ids))
    mine = query.where(within(actor, col(FieldChange.project_id)), col(FieldChange.field) != CREATED)
    whole = mine.group_by(col(FieldChange.change_id), col(FieldChange.size)).having(counted == col(FieldChange.size))
    return change_ids - set((await tx.execute(whole)).scalars())


def _entry(row: FieldChange, hidden: set[str], actor: Actor, *, undoable: bool) -> dict[str, Any]:
    before, after = (_value(row.field, value, hidden, actor) for value in (row.before, row.after))
    return {
        "id": str(row.seq), "change_id": row.change_id, "at": row.at, "field": row.field, "from": before, "to": after,
        "actor": {"kind": row.actor_kind, "id": row.actor_id, "name": row.actor_name}, "why": row.why,
        "undoable": undoable,
    }  # fmt: skip


def _value(field: str, value: Any, hidden: set[str], actor: Actor) -> Any:
    """A stored value as it is shown to `actor`."""
    if field in OF_LINKS:
        seen = _without(value, hidden)
        return (seen[0] if seen else None) if field == "parent" else seen
    if field == "project_id":
        return value if actor.sees(value) else None
    return shown_value(field, value)


def _target(one: Any) -> str:
    return str(one["depends_on_id"] if isinstance(one, dict) else one)


def _without(values: list[Any], hidden: set[str]) -> list[Any]:
    return [one for one in values if _target(one) not in hidden]
