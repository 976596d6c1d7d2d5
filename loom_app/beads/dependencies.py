"""Adding and removing dependencies; a cycle is refused and named."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import repository
from loom_app.beads.blocked import telling_who_is_free
from loom_app.beads.graph import ANY_CHILDREN, BLOCKING_TYPES, BLOCKS, Edge, find_cycle
from loom_app.beads.lookup import get_to_change, touch
from loom_app.beads.models import Bead, Dependency
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Invalid, NotFound

EXTERNAL = "external:"
"""A target `external:<project>:<id>` lives in another tool and blocks nobody here."""
ELSEWHERE = "another project"
"""What stands for a bead that the asker may not know of."""
GRAPH_LOCK = 0xBEAD5


async def add_dependency(
    tx: AsyncSession, bead_id: str, depends_on_id: str, type_: str = BLOCKS, *, actor: Actor, gate: str = ""
) -> Dependency:
    """Makes `bead_id` depend on `depends_on_id` (for parent-child: become its child). The same twice changes nothing.

    Raises NotFound for an unknown bead, Invalid for an unknown target, Conflict for a cycle (named "a → b → a") or
    when the two beads already have a dependency of another type.
    """
    bead = await get_to_change(tx, bead_id, actor)
    await require(tx, [depends_on_id], actor)
    edge = Edge(bead_id, depends_on_id, type_, gate if gate == ANY_CHILDREN else "")
    link = await connect(tx, edge, actor)
    if link is None:
        return await tx.get_one(Dependency, (bead_id, depends_on_id))
    await _tell(tx, bead, "added", link, actor)
    return link


async def remove_dependency(tx: AsyncSession, bead_id: str, depends_on_id: str, *, actor: Actor) -> None:
    """Ends a dependency of whatever type. Raises NotFound when there is none."""
    bead = await get_to_change(tx, bead_id, actor)
    link = await tx.get(Dependency, (bead_id, depends_on_id))
    if link is None or await repository.hidden_among(tx, [depends_on_id], actor):
        raise NotFound(f"{bead_id} does not depend on {depends_on_id}.", code="dependency_not_found")
    async with telling_who_is_free(tx, [bead_id], actor):
        await tx.delete(link)
    await _tell(tx, bead, "removed", link, actor)


async def require(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor) -> None:
    """Raises Invalid, naming them, when some of `bead_ids` are neither beads that `actor` sees nor external."""
    wanted = [bead_id for bead_id in bead_ids if not bead_id.startswith(EXTERNAL)]
    missing = sorted(set(wanted) - await repository.known_ids(tx, wanted, actor))
    if missing:
        raise Invalid(f"There is no bead {', '.join(missing)}; a dependency needs both ends.", code="bead_unknown")


async def connect(tx: AsyncSession, edge: Edge, actor: Actor) -> Dependency | None:
    """The new dependency, None when it is there already. Raises Conflict as `add_dependency` does."""
    await _one_at_a_time(tx)
    if edge.bead_id == edge.depends_on_id:
        raise _cycle([edge.bead_id, edge.bead_id])
    there = await tx.get(Dependency, (edge.bead_id, edge.depends_on_id))
    if there is not None:
        if there.type == edge.type:
            return None
        raise Conflict(
            f"{edge.bead_id} already depends on {edge.depends_on_id} as {there.type!r}. Remove that first.",
            code="dependency_exists",
            type=there.type,
        )
    if edge.type in BLOCKING_TYPES:
        cycle = find_cycle(await repository.edges_beyond(tx, edge.depends_on_id), edge)
        if cycle:
            hidden = await repository.hidden_among(tx, cycle, actor)
            raise _cycle([ELSEWHERE if bead_id in hidden else bead_id for bead_id in cycle])
    link = Dependency(**edge._asdict(), created_at=now(), created_by=actor.name)
    tx.add(link)
    await tx.flush()
    return link


def _cycle(path: list[str]) -> Conflict:
    way = " → ".join(path)
    return Conflict(
        f"This would make a cycle of dependencies: {way}. None of these beads could ever start.",
        code="dependency_cycle",
        cycle=path,
    )


async def _one_at_a_time(tx: AsyncSession) -> None:
    """On PostgreSQL two writers could each add half of a cycle; SQLite has one writer anyhow."""
    if tx.get_bind().dialect.name == "postgresql":
        await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": GRAPH_LOCK})


async def _tell(tx: AsyncSession, bead: Bead, what: str, link: Dependency, actor: Actor) -> None:
    touch(bead)
    told = await repository.of_project(tx, [link.depends_on_id], bead.project_id)
    change = {what: [{"depends_on_id": target, "type": link.type} for target in told]}
    data = {"title": bead.title, "fields": ["dependencies"], "changes": {"dependencies": change}}
    append(tx, "bead.updated", actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)
