"""Adding, changing and removing dependencies; a cycle is refused and named."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import repository
from loom_app.beads.graph import ANY_CHILDREN, BLOCKING_TYPES, BLOCKS, Edge, find_cycle
from loom_app.beads.history import changing, linked
from loom_app.beads.link_history import link_value
from loom_app.beads.lookup import get_to_change, touch
from loom_app.beads.models import TOMBSTONE, Bead, Dependency
from loom_app.beads.settling import settle
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import one_at_a_time
from loom_app.kernel.errors import Conflict, Invalid, NotFound

EXTERNAL = "external:"
"""A target `external:<project>:<id>` lives in another tool and blocks nobody here."""
EXTERNAL_TARGET = re.compile(r"external:[^:\s]+:\S+")
ELSEWHERE = "another project"
"""What stands for a bead that the asker may not know of."""
GRAPH_LOCK = 0xBEAD5
"""Two writers at once could each add half of a cycle."""


async def add_dependency(
    tx: AsyncSession, bead_id: str, depends_on_id: str, type_: str = BLOCKS, *, actor: Actor, gate: str = ""
) -> Dependency:
    """Makes `bead_id` depend on `depends_on_id` (for parent-child: become its child). The same twice changes nothing.

    Raises NotFound for an unknown bead, Invalid for an unknown target, Conflict for a cycle (named "a → b → a") or
    when the two beads already have a dependency of another type.
    """
    await hold_graph(tx)
    async with changing(tx, actor):
        bead = await get_to_change(tx, bead_id, actor)
        await require(tx, [depends_on_id], actor)
        link = await connect(tx, _edge(bead_id, depends_on_id, type_, gate), actor)
        if link is None:
            return await tx.get_one(Dependency, (bead_id, depends_on_id))
        await _tell(tx, bead, {"added": [link]}, actor)
        return link


async def change_dependency(
    tx: AsyncSession, bead_id: str, depends_on_id: str, type_: str, *, actor: Actor, gate: str = ""
) -> Dependency:
    """Gives a dependency another type. Raises NotFound when there is none, and Conflict for a cycle."""
    await hold_graph(tx)
    async with changing(tx, actor):
        bead, link = await _existing(tx, bead_id, depends_on_id, actor)
        edge = _edge(bead_id, depends_on_id, type_, gate)
        if (link.type, link.gate) == (edge.type, edge.gate):
            return link
        was = Edge(bead_id, depends_on_id, link.type, link.gate)
        await retype(tx, link, edge, actor)
        await _tell(tx, bead, {"removed": [was], "added": [link]}, actor)
        return link


async def remove_dependency(tx: AsyncSession, bead_id: str, depends_on_id: str, *, actor: Actor) -> None:
    """Ends a dependency of whatever type. Raises NotFound when there is none."""
    await hold_graph(tx)
    async with changing(tx, actor):
        bead, link = await _existing(tx, bead_id, depends_on_id, actor)
        await disconnect(tx, link, actor)
        await _tell(tx, bead, {"removed": [link]}, actor)


async def hold_graph(tx: AsyncSession) -> None:
    """Nobody else changes dependencies before `tx` ends: two writers could each add half of a cycle.

    Called before any bead is taken, since two who each have one would wait for each other.
    """
    await one_at_a_time(tx, GRAPH_LOCK)


async def _existing(tx: AsyncSession, bead_id: str, depends_on_id: str, actor: Actor) -> tuple[Bead, Dependency]:
    bead = await get_to_change(tx, bead_id, actor)
    link = await tx.get(Dependency, (bead_id, depends_on_id))
    if link is None or await repository.hidden_among(tx, [depends_on_id], actor):
        raise NotFound(f"{bead_id} does not depend on {depends_on_id}.", code="dependency_not_found")
    return bead, link


async def require(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor, *, even_deleted: bool = False) -> None:
    """Raises Invalid, naming them, when some of `bead_ids` are neither beads that `actor` sees nor external."""
    wanted = {bead_id for bead_id in bead_ids if not EXTERNAL_TARGET.fullmatch(bead_id)}
    seen = {bead.id: bead for bead in await repository.standings(tx, wanted) if actor.sees(bead.project_id)}
    missing = ", ".join(sorted(wanted - seen.keys()))
    if missing:
        raise Invalid(f"There is no bead {missing}; a dependency needs both ends.", code="bead_unknown")
    gone = ", ".join(sorted(bead_id for bead_id, bead in seen.items() if bead.source_status == TOMBSTONE))
    if gone and not even_deleted:
        raise Invalid(f"{gone} was deleted; nothing can depend on it or be part of it.", code="bead_deleted")


async def connect(
    tx: AsyncSession, edge: Edge, actor: Actor, *, made: tuple[datetime | None, str] | None = None
) -> Dependency | None:
    """The new dependency, None when it is there already. Raises Conflict as `add_dependency` does.

    `made` is when and by whom, where that was not now and by `actor`.
    """
    await hold_graph(tx)
    there = await tx.get(Dependency, (edge.bead_id, edge.depends_on_id))
    if there is not None:
        if there.type == edge.type:
            return None
        raise Conflict(
            f"{edge.bead_id} already depends on {edge.depends_on_id} as {there.type!r}. Change its type, or remove "
            "that first.",
            code="dependency_exists",
            type=there.type,
        )
    await refuse_cycle(tx, edge, actor)
    created_at, created_by = made or (now(), actor.name)
    link = Dependency(**edge._asdict(), created_at=created_at, created_by=created_by)
    tx.add(link)
    await tx.flush()
    linked(tx, link, after=link_value(link))
    await settle(tx, edge[:2], actor)
    return link


async def disconnect(tx: AsyncSession, link: Dependency, actor: Actor) -> None:
    """Takes a dependency away."""
    linked(tx, link, before=link_value(link))
    await tx.delete(link)
    await settle(tx, (link.bead_id, link.depends_on_id), actor)
    await tx.flush()


async def retype(
    tx: AsyncSession, link: Dependency, edge: Edge, actor: Actor, *, made: tuple[datetime | None, str] | None = None
) -> None:
    """Gives `link` the type and gate of `edge`, and with `made` another origin. Raises Conflict for a cycle."""
    await hold_graph(tx)
    await refuse_cycle(tx, edge, actor)
    before = link_value(link)
    link.type, link.gate = edge.type, edge.gate
    link.created_at, link.created_by = made or (link.created_at, link.created_by)
    linked(tx, link, before=before, after=link_value(link))
    await settle(tx, edge[:2], actor)
    await tx.flush()


async def refuse_cycle(tx: AsyncSession, edge: Edge, actor: Actor) -> None:
    """Raises Conflict when `edge` would close a cycle."""
    if edge.type in BLOCKING_TYPES:
        cycle = find_cycle(await repository.edges_beyond(tx, edge.depends_on_id), edge)
        if cycle:
            hidden = await repository.hidden_among(tx, cycle, actor)
            raise _cycle([ELSEWHERE if bead_id in hidden else bead_id for bead_id in cycle])


def _edge(bead_id: str, depends_on_id: str, type_: str, gate: str) -> Edge:
    return Edge(bead_id, depends_on_id, type_, gate if gate == ANY_CHILDREN else "")


def _cycle(path: list[str]) -> Conflict:
    way = " → ".join(path)
    return Conflict(
        f"This would make a cycle of dependencies: {way}. None of these beads could ever start.",
        code="dependency_cycle",
        cycle=path,
    )


async def _tell(tx: AsyncSession, bead: Bead, what: Mapping[str, Sequence[Any]], actor: Actor) -> None:
    touch(bead)
    changes = {"dependencies": await told(tx, bead, what)}
    data = {"title": bead.title, "fields": ["dependencies"], "changes": changes}
    append(tx, "bead.updated", actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)


async def told(tx: AsyncSession, bead: Bead, what: Mapping[str, Sequence[Any]]) -> dict[str, list[dict[str, str]]]:
    """The dependencies `added` and `removed`, as an event of the bead's project may name them."""
    ends = [link.depends_on_id for links in what.values() for link in links]
    near = await repository.of_project(tx, ends, bead.project_id)
    return {
        word: [{"depends_on_id": link.depends_on_id, "type": link.type} for link in links if link.depends_on_id in near]
        for word, links in what.items()
    }
