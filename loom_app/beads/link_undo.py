"""Putting dependencies back as they were before a change, each by itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import past, repository
from loom_app.beads.dependencies import connect, disconnect, refuse_cycle, require, retype
from loom_app.beads.fields import DELETED
from loom_app.beads.graph import Edge
from loom_app.beads.link_history import DEPENDENCIES, link_value
from loom_app.beads.models import TOMBSTONE, Bead, Dependency, FieldChange
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import parse_rfc3339

Ends = tuple[dict[str, Any] | None, dict[str, Any] | None]


def changed_links(row: FieldChange) -> dict[str, Ends]:
    """The dependencies that differ between the two ends of a change, by target: before and after."""
    before, after = ({link["depends_on_id"]: link for link in links} for links in (row.before, row.after))
    return {
        target: (before.get(target), after.get(target))
        for target in sorted(before.keys() | after.keys())
        if before.get(target) != after.get(target)
    }


async def check_links(tx: AsyncSession, rows: Iterable[FieldChange]) -> None:
    """Raises Conflict when a dependency is no longer as the change left it."""
    for row in rows:
        if row.field == DEPENDENCIES:
            present = {link.depends_on_id: link_value(link) for link in await repository.links_from(tx, [row.bead_id])}
            if any(present.get(target) != after for target, (_, after) in changed_links(row).items()):
                raise await past.changed_since(tx, row)


async def restore_links(tx: AsyncSession, rows: Iterable[FieldChange], actor: Actor) -> None:
    """Puts back the dependencies of `rows`: what was added goes before what was removed or another comes back.

    One whose other end is deleted comes back as it stood, too. Raises Invalid for an end that is gone and Conflict for
    a cycle.
    """
    changed = [
        (row.bead_id, target, ends)
        for row in rows
        if row.field == DEPENDENCIES
        for target, ends in changed_links(row).items()
    ]
    for bead_id, target, (before, _) in changed:
        if before is None:
            await disconnect(tx, await tx.get_one(Dependency, (bead_id, target)), actor)
    for bead_id, target, (before, after) in changed:
        if before is not None:
            await _bring_back(tx, bead_id, target, before, after, actor)


async def refuse_cycles_of(
    tx: AsyncSession, beads: Mapping[str, Bead], rows: Iterable[FieldChange], actor: Actor
) -> None:
    """Raises Conflict when a bead that lives again closes a cycle with what was linked while it was deleted."""
    back = [row.bead_id for row in rows if row.field == DELETED and beads[row.bead_id].source_status != TOMBSTONE]
    for link in await repository.links_from(tx, back):
        await refuse_cycle(tx, Edge(link.bead_id, link.depends_on_id, link.type, link.gate), actor)


async def _bring_back(
    tx: AsyncSession, bead_id: str, target: str, before: dict[str, Any], after: dict[str, Any] | None, actor: Actor
) -> None:
    edge = Edge(bead_id, target, before["type"], before["gate"])
    made = (parse_rfc3339(before["created_at"]) if before["created_at"] else None, before["created_by"])
    if after is not None:
        await retype(tx, await tx.get_one(Dependency, (bead_id, target)), edge, actor, made=made)
        return
    await require(tx, [target], actor, even_deleted=True)
    await connect(tx, edge, actor, made=made)
