"""Why a bead is blocked, and which beads a change sets free."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import repository
from loom_app.beads.graph import BLOCKING_BY_TARGET, PARENT_CHILD, WAITS_FOR, Blocker, Edge, blockers, is_over
from loom_app.beads.ready import blocked_ids
from loom_app.events.service import append
from loom_app.kernel.actor import Actor

WATCHED = "loom_watched_beads"
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


@asynccontextmanager
async def telling_who_is_free(tx: AsyncSession, changed: Iterable[str], actor: Actor) -> AsyncIterator[None]:
    """Around a change of the beads `changed`: appends bead.unblocked for every bead the change leaves unblocked.

    Inside another that is around all of them already it leaves the telling to that.
    """
    watched: set[str] = tx.info.get(WATCHED, set())
    wanted = set(changed)
    if wanted and wanted <= watched:
        yield
        return
    around = await _may_be_held_by(tx, wanted)
    before = await blocked_ids(tx, around)
    tx.info[WATCHED] = watched | wanted
    try:
        yield
    finally:
        tx.info[WATCHED] = watched
    await tx.flush()
    if before:
        freed = before - await blocked_ids(tx, before)
        for bead in await repository.standings(tx, sorted(freed)):
            if not is_over(bead):
                append(
                    tx,
                    "bead.unblocked",
                    actor=actor,
                    project_id=bead.project_id,
                    subject_id=bead.id,
                    data={"title": bead.title, "status": bead.status},
                )


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


async def _may_be_held_by(tx: AsyncSession, bead_ids: set[str]) -> set[str]:
    """Every bead whose being blocked can depend on one of `bead_ids`, those included."""
    parents = {link.depends_on_id for link in await repository.links_from(tx, bead_ids, [PARENT_CHILD])}
    waiting = await repository.links_to(tx, bead_ids, BLOCKING_BY_TARGET)
    waiting += await repository.links_to(tx, bead_ids | parents, [WAITS_FOR])
    held = set(bead_ids)
    frontier = held | {link.bead_id for link in waiting}
    while frontier:
        held |= frontier
        frontier = {link.bead_id for link in await repository.links_to(tx, frontier, [PARENT_CHILD])} - held
    return held


def _edge(link: object) -> Edge:
    return Edge(*(getattr(link, name) for name in Edge._fields))
