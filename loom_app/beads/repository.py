"""Queries of beads and their dependencies. Lists are Core rows; ORM objects are for changing."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, String, bindparam, cast, func, literal_column, select, true, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.graph import BLOCKING_TYPES, Edge
from loom_app.beads.models import Dependency
from loom_app.beads.tables import BEADS, LINKS, between_living, chunks, ids_of, ids_parameter
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.scope import within

STANDING = ("id", "status", "source_status", "title", "project_id", "is_blocked", "created_at", "assigned_to")


@cache
def _links_query(dialect: str, *, living: bool) -> CompoundSelect[Any]:
    ends = [LINKS.c.bead_id, LINKS.c.depends_on_id]
    wanted = between_living(LINKS) if living else true()
    found = [select(*ends, LINKS.c.type, LINKS.c.gate).where(end.in_(ids_of(dialect)), wanted) for end in ends]
    return union(*found).order_by("bead_id", "depends_on_id")


async def links_around(tx: AsyncSession, bead_ids: Iterable[str]) -> list[Any]:
    """Every dependency that starts or ends at one of `bead_ids`: rows of bead_id, depends_on_id, type, gate."""
    query = _links_query(tx.get_bind().dialect.name, living=False)
    return [*await tx.execute(query, ids_parameter(bead_ids))]


async def links(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor) -> list[Any]:
    """As `links_around`, without those that have an end `actor` does not see or that was deleted."""
    query = _links_query(tx.get_bind().dialect.name, living=True)
    found = [*await tx.execute(query, ids_parameter(bead_ids))]
    hidden = await hidden_among(tx, (end for link in found for end in (link.bead_id, link.depends_on_id)), actor)
    return [link for link in found if hidden.isdisjoint((link.bead_id, link.depends_on_id))] if hidden else found


async def hidden_among(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor) -> set[str]:
    """Those of `bead_ids` that are beads of projects `actor` does not see."""
    if actor.projects is None:
        return set()
    return {standing.id for standing in await standings(tx, bead_ids) if not actor.sees(standing.project_id)}


async def links_from(tx: AsyncSession, bead_ids: Iterable[str], types: Sequence[str] = ()) -> list[Dependency]:
    """The dependencies that start at one of `bead_ids`, of `types` only when there are any."""
    return await _dependencies(tx, col(Dependency.bead_id), bead_ids, types)


async def links_to(tx: AsyncSession, bead_ids: Iterable[str], types: Sequence[str] = ()) -> list[Dependency]:
    """The dependencies that end at one of `bead_ids`, of `types` only when there are any."""
    return await _dependencies(tx, col(Dependency.depends_on_id), bead_ids, types)


async def _dependencies(tx: AsyncSession, end: Any, bead_ids: Iterable[str], types: Sequence[str]) -> list[Dependency]:
    found: list[Dependency] = []
    for chunk in chunks(bead_ids):
        query = select(Dependency).where(end.in_(chunk))
        found += (await tx.execute(query.where(col(Dependency.type).in_(types)) if types else query)).scalars()
    return found


async def standings(tx: AsyncSession, bead_ids: Iterable[str]) -> list[Any]:
    """How those of `bead_ids` that exist stand: STANDING."""
    found: list[Any] = []
    columns = [BEADS.c[name] for name in STANDING]
    for chunk in chunks(bead_ids):
        found += (await tx.execute(select(*columns).where(BEADS.c.id.in_(chunk)))).all()
    return found


async def known_ids(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor = SYSTEM) -> set[str]:
    """Those of `bead_ids` that exist and that `actor` sees."""
    return {standing.id for standing in await standings(tx, bead_ids) if actor.sees(standing.project_id)}


async def ids_below(tx: AsyncSession, bead_id: str) -> list[str]:
    """The ids that are that of `bead_id`, a dot and more, whatever became of their beads."""
    query = select(BEADS.c.id).where(BEADS.c.id.startswith(f"{bead_id}.", autoescape=True))
    return list((await tx.execute(query)).scalars())


async def of_project(tx: AsyncSession, bead_ids: Iterable[str], project_id: str) -> set[str]:
    """Those of `bead_ids` that are beads of the project: all that its event log may name."""
    return {standing.id for standing in await standings(tx, bead_ids) if standing.project_id == project_id}


async def source_statuses(tx: AsyncSession, project_id: str) -> set[str]:
    """The statuses, unknown to the board, that beads of the project have."""
    status = BEADS.c.source_status
    query = select(status).where(status != literal_column("''", String), BEADS.c.project_id == project_id).distinct()
    return set((await tx.execute(query)).scalars())


async def agent_names(tx: AsyncSession, ids: Iterable[str], actor: Actor) -> dict[str, str]:
    """The names of those of `ids` that are agents of projects `actor` sees."""
    query = select(col(Agent.id), col(Agent.name)).where(col(Agent.id).in_(ids), within(actor, col(Agent.project_id)))
    return {row.id: row.name for row in await tx.execute(query)}


async def count(tx: AsyncSession, project_id: str) -> int:
    """How many beads a project has, deleted ones included."""
    query = select(func.count()).select_from(BEADS).where(BEADS.c.project_id == project_id)
    return (await tx.execute(query)).scalar_one()


@cache
def _beyond_query() -> Select[Any]:
    """Nobody waits for a deleted bead, so no cycle goes through one."""
    start = select(bindparam("start", type_=String).label("id")).cte("reached", recursive=True)
    blocking = LINKS.c.type.in_(BLOCKING_TYPES)
    onward = select(cast(LINKS.c.depends_on_id, String)).join(start, start.c.id == LINKS.c.bead_id)
    reached = start.union(onward.where(blocking, between_living(LINKS)))
    columns = [LINKS.c[name] for name in Edge._fields]
    return select(*columns).join(reached, reached.c.id == LINKS.c.bead_id).where(blocking, between_living(LINKS))


async def edges_beyond(tx: AsyncSession, bead_id: str) -> list[Edge]:
    """Every dependency that could leave a bead waiting and is reached from `bead_id` along "depends on"."""
    return [Edge(*link) for link in (await tx.execute(_beyond_query(), {"start": bead_id})).all()]


async def has_milestone(tx: AsyncSession, project_id: str, milestone_id: str) -> bool:
    """Whether the project has the milestone."""
    from loom_app.milestones.models import Milestone

    found = await tx.get(Milestone, milestone_id)
    return found is not None and found.project_id == project_id
