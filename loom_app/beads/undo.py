"""Taking a change back: every field of every bead it touched is again what it was before, or nothing is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import past, wip
from loom_app.beads.dependencies import hold_graph
from loom_app.beads.editing import may_move_to
from loom_app.beads.fields import DELETED, OF_STANDING, PLAIN, Difference, restored, same, values
from loom_app.beads.graph import shown_status
from loom_app.beads.history import CREATED, changing, last_change
from loom_app.beads.link_history import DEPENDENCIES
from loom_app.beads.link_undo import check_links, refuse_cycles_of, restore_links
from loom_app.beads.lookup import all_to_change, living, refuse_if_held, touch
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus, FieldChange
from loom_app.beads.settling import at_once, settle
from loom_app.beads.undo_telling import tell
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict, Forbidden, NotFound

HOLDING = frozenset({*OF_STANDING, "assigned_to", "project_id"})
"""Fields that are not put back under the hands of whoever works on the bead."""
UNDONE = frozenset({*PLAIN, *OF_STANDING, DEPENDENCIES})
"""Fields whose rows bring everything back; the others only tell of these from another side."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing came to; the id is that of the undoing itself."""

    change_id: str | None
    changed: list[str]


async def undo(tx: AsyncSession, change_id: str, *, actor: Actor, reason: str = "") -> Undone:
    """Puts back every field of a change. The undoing is a change like others and can be undone.

    Raises NotFound for a change that is unknown or not all seen, Forbidden where it takes deleting, and Conflict when
    a field was changed since, somebody works on the bead, the change made a bead, or a cycle would come of it.
    """
    rows = await past.of_change(tx, change_id)
    if actor.is_person:
        await wip.wait_turns(tx, {row.bead_id for row in rows if row.field in OF_STANDING})
    why = reason or f"Undone: {rows[0].why}".removesuffix(": ")
    if any(row.field == DEPENDENCIES for row in rows):
        await hold_graph(tx)
    async with changing(tx, actor, why):
        beads = await _seen(tx, rows, actor)
        _refuse_for_ever(rows)
        wanted = [row for row in rows if row.field in UNDONE]
        await _check(tx, beads, wanted, actor)
        touched = {row.bead_id: beads[row.bead_id] for row in wanted}
        async with at_once(tx, actor):
            stood = {bead_id: shown_status(bead) for bead_id, bead in touched.items()}
            await _restore(tx, touched, wanted, actor)
        for bead_id, bead in touched.items():
            own = [row for row in wanted if row.bead_id == bead_id]
            await tell(tx, bead, own, stood[bead_id], why, actor)
    return Undone(last_change(tx), sorted(touched))


async def _seen(tx: AsyncSession, rows: Sequence[FieldChange], actor: Actor) -> dict[str, Bead]:
    """The beads of a change. Raises NotFound, as if there were no such change, when `actor` does not see all of it."""
    try:
        beads = await all_to_change(tx, (row.bead_id for row in rows), actor)
    except NotFound as hidden:
        raise past.no_such_change(rows[0].change_id) from hidden
    if not all(actor.sees(row.project_id) for row in rows):
        raise past.no_such_change(rows[0].change_id)
    return beads


def _refuse_for_ever(rows: Sequence[FieldChange]) -> None:
    """Raises Conflict for a change that no moment is right to undo."""
    if len(rows) < rows[0].size:
        raise Conflict(
            f"Part of this change is so old that the history of {rows[0].bead_id} has let it go; it cannot be undone.",
            code="not_undoable",
        )
    made = next((row.bead_id for row in rows if row.field == CREATED), "")
    if made:
        raise Conflict(
            f"This change made {made}, which cannot be undone. Delete the bead instead.", code="not_undoable"
        )


async def _check(tx: AsyncSession, beads: Mapping[str, Bead], rows: Sequence[FieldChange], actor: Actor) -> None:
    """Raises what stands against putting `rows` back."""
    deleting = {row.bead_id for row in rows if row.field == DELETED}
    for bead_id in sorted({row.bead_id for row in rows}):
        if bead_id in deleting:
            _require_deleting(bead_id, actor)
        else:
            await living(tx, beads[bead_id])
    await refuse_if_held(tx, (row.bead_id for row in rows if row.field in HOLDING), "be put back where it was")
    present = {bead_id: values(bead) for bead_id, bead in beads.items()}
    for row in rows:
        if row.field != DEPENDENCIES and not same(_difference(row), present[row.bead_id]):
            raise await past.changed_since(tx, row)
        if row.field == "project_id":
            await may_move_to(tx, beads[row.bead_id], row.before, actor)
    await check_links(tx, rows)


def _require_deleting(bead_id: str, actor: Actor) -> None:
    if not actor.may("beads:delete"):
        raise Forbidden(
            f"Undoing this deletes {bead_id} or brings it back, which needs the permission beads:delete.",
            code="permission_missing",
            permission="beads:delete",
        )


async def _restore(tx: AsyncSession, beads: Mapping[str, Bead], rows: Sequence[FieldChange], actor: Actor) -> None:
    for row in rows:
        if row.field != DEPENDENCIES:
            values_before = restored(_difference(row))
            await _admit(tx, beads[row.bead_id], values_before.get("status"), actor)
            for name, value in values_before.items():
                setattr(beads[row.bead_id], name, value)
    for bead in beads.values():
        touch(bead)
    await settle(tx, beads, actor)
    await tx.flush()
    await restore_links(tx, rows, actor)
    await refuse_cycles_of(tx, beads, rows, actor)


async def _admit(tx: AsyncSession, bead: Bead, status: str | None, actor: Actor) -> None:
    """Raises Conflict when the column that a person has the bead go back to is full."""
    if status is not None and actor.is_person and (status != bead.status or bead.source_status == TOMBSTONE):
        await wip.admit(tx, bead.project_id, BeadStatus(status))


def _difference(row: FieldChange) -> Difference:
    return Difference(row.field, row.before, row.after, row.shown)
