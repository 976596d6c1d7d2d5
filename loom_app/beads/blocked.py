"""Why a bead is blocked, in words."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import repository
from loom_app.beads.graph import PARENT_CHILD, WAITS_FOR, Blocker, Edge, blockers
from loom_app.kernel.actor import Actor

ELSEWHERE = Blocker("", "waits for work in another project")
"""All that is told of beads the reader may not know of."""


async def explain(tx: AsyncSession, bead_id: str, actor: Actor) -> list[Blocker]:
    """What the bead waits for, in words for `actor`; empty when nothing keeps it."""
    return (await explain_all(tx, [bead_id], actor)).get(bead_id, [])


async def explain_all(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor) -> dict[str, list[Blocker]]:
    """What each blocked bead of `bead_ids` waits for. Of beads that `actor` does not see it names none."""
    asked = set(bead_ids)
    edges = await _lineage(tx, asked)
    waited_for = {edge.depends_on_id for edge in edges if edge.type == WAITS_FOR}
    edges += [_edge(link) for link in await repository.links_to(tx, waited_for, [PARENT_CHILD])]
    named = asked.union(*((edge.bead_id, edge.depends_on_id) for edge in edges))
    found = blockers(await repository.standings(tx, named), dict.fromkeys(edges))
    hidden = await repository.hidden_among(tx, named, actor)
    return {bead_id: _told(reasons, hidden) for bead_id, reasons in found.items() if bead_id in asked}


def _told(reasons: list[Blocker], hidden: set[str]) -> list[Blocker]:
    """The reasons, with one for all that are `hidden`."""
    shown = [reason for reason in reasons if hidden.isdisjoint((reason.bead_id, reason.family))]
    return shown if len(shown) == len(reasons) else [*shown, ELSEWHERE]


async def _lineage(tx: AsyncSession, bead_ids: set[str]) -> list[Edge]:
    """The dependencies of `bead_ids`, of their parents, of those parents' parents and so on."""
    seen: set[str] = set()
    edges: list[Edge] = []
    frontier = set(bead_ids)
    while frontier:
        seen |= frontier
        fresh = [_edge(link) for link in await repository.links_from(tx, frontier)]
        edges += fresh
        frontier = {edge.depends_on_id for edge in fresh if edge.type == PARENT_CHILD} - seen
    return edges


def _edge(link: object) -> Edge:
    return Edge(*(getattr(link, name) for name in Edge._fields))
