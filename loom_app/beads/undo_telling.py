"""The events of an undoing: the same as of the changes that would come to it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.deletion import tell_deletion
from loom_app.beads.dependencies import told
from loom_app.beads.editing import cut, tell_update
from loom_app.beads.fields import DELETED, OF_STANDING, REASONS, shown_value
from loom_app.beads.graph import Edge
from loom_app.beads.link_history import DEPENDENCIES
from loom_app.beads.link_undo import changed_links
from loom_app.beads.models import Bead, FieldChange
from loom_app.beads.moves import tell_assignment, tell_move
from loom_app.kernel.actor import Actor


async def tell(
    tx: AsyncSession, bead: Bead, rows: Sequence[FieldChange], stood: str, reason: str, actor: Actor
) -> None:
    """Appends what became of a bead whose `rows` were put back; it `stood` at that status before."""
    by = {row.field: row for row in rows if row.shown or row.field == DEPENDENCIES}
    changes: dict[str, Any] = {
        name: {"from": cut(shown_value(name, row.after)), "to": cut(shown_value(name, row.before))}
        for name, row in by.items()
        if name in REASONS or name not in (*OF_STANDING, DEPENDENCIES)
    }
    if DEPENDENCIES in by:
        changes[DEPENDENCIES] = await told(tx, bead, _links(by[DEPENDENCIES]))
    if changes:
        await tell_update(tx, bead, changes, actor)
    if "assigned_to" in by:
        tell_assignment(tx, bead, by["assigned_to"].after, actor)
    if "status" in by:
        tell_move(tx, bead, stood, reason, actor)
    if DELETED in by:
        tell_deletion(tx, bead, actor, reason)


def _links(row: FieldChange) -> dict[str, list[Edge]]:
    """What undoing `row` removed and added."""
    ends = changed_links(row).items()
    return {
        "removed": [Edge(row.bead_id, target, after["type"]) for target, (_, after) in ends if after],
        "added": [Edge(row.bead_id, target, before["type"]) for target, (before, _) in ends if before],
    }
