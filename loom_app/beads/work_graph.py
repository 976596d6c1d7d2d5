"""The work graph: beads, the edges between them, and the longest chain of work that is left."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import listing, repository, views
from loom_app.beads.critical_path import critical_path
from loom_app.beads.cycles import find_cycles
from loom_app.beads.graph import BLOCKING_TYPES, PARENT_CHILD, WAITING_TYPES, WAITS_FOR, Edge, is_over
from loom_app.beads.graph_schemas import GraphBead
from loom_app.kernel.actor import Actor

MOST = 5_000
"""How many beads one graph shows."""
BRIEF = tuple(name for name in GraphBead.model_fields if name in listing.SHOWN)


async def work_graph(
    tx: AsyncSession, filters: listing.Filters, actor: Actor, *, compact: bool = False
) -> dict[str, Any]:
    """The beads that match by id, the latest changed first if there are too many, and the edges between them."""
    columns = BRIEF if compact else listing.SHOWN
    rows, total = await listing.page(tx, filters, order="updated", limit=MOST, offset=0, columns=columns)
    shown = [_brief(row) for row in rows] if compact else await views.listed(tx, rows, actor)
    beads = {bead["id"]: bead for bead in shown}
    found = [Edge(*link) for link in await repository.links(tx, beads, actor)]
    links = [link for link in found if link.bead_id in beads and link.depends_on_id in beads]
    return {
        "beads": beads,
        "edges": [_edge(link) for link in links],
        "updated_at": max((bead["updated_at"] for bead in shown), default=None),
        "total": total,
        **_critical(rows, links),
    }


async def neighbourhood(tx: AsyncSession, root: str, depth: int, actor: Actor) -> tuple[str, ...]:
    """The beads at most `depth` edges of any kind from `root`, by ways that `actor` sees; `root` is one of them."""
    near, frontier = {root}, {root}
    for _ in range(depth):
        links = await repository.links(tx, frontier, actor)
        frontier = {end for link in links for end in (link.bead_id, link.depends_on_id)} - near
        if not frontier:
            break
        near |= frontier
    return tuple(sorted(near))


def _brief(row: Any) -> dict[str, Any]:
    own = dict(zip(BRIEF, row, strict=False))
    return {**own, "source_status": own["source_status"] or None}


def _edge(link: Edge) -> dict[str, str]:
    """From the bead that comes first to the one that comes after it."""
    kind = "blocks" if link.type in WAITING_TYPES else "parent" if link.type == PARENT_CHILD else "related"
    return {"from": link.depends_on_id, "to": link.bead_id, "relationship": kind, "type": link.type, "gate": link.gate}


def _critical(rows: Sequence[Any], links: Iterable[Edge]) -> dict[str, Any]:
    todo = {row.id: row for row in rows if not is_over(row)}
    # Whoever waited for any one child of several waits no longer once that is done, though others are not.
    holding = [link for link in links if link.type != WAITS_FOR or getattr(todo.get(link.bead_id), "is_blocked", False)]
    found = critical_path(todo.values(), holding)
    left = [link for link in holding if link.bead_id in todo and link.depends_on_id in todo]
    return {
        "critical_path": found.ids,
        "critical_path_minutes": found.minutes,
        "critical_path_beads": len(found.ids),
        "assumed_minutes": found.assumed_minutes,
        "cycles": find_cycles(left, BLOCKING_TYPES),
    }
