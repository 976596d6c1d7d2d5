"""Queries of dispatch: projects in which somebody could work, their teams, and what agents did before."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads.graph import PARENT_CHILD
from loom_app.beads.models import Bead, BeadStatus, Dependency
from loom_app.dispatch.scoring import Member, Past, Work
from loom_app.kernel.clock import now
from loom_app.kernel.errors import LoomError
from loom_app.personas import service as personas
from loom_app.projects.models import Project, ProjectStatus
from loom_app.providers import service as providers
from loom_app.runs.models import Run, RunStatus, TerminalReason

LATELY = timedelta(hours=1)
FAMILY = 200
"""How many beads beside one are looked at for who worked on them."""
DIFFS = 30
"""How many of the project's latest changes are looked at for files that a bead names."""
PATHS = 5
PATH = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)*[\w-]+\.[A-Za-z]\w{0,9}(?![\w/-])")
"""What looks like a file of the repository, such as src/oven.py."""


async def in_need(tx: AsyncSession) -> list[tuple[str, datetime | None]]:
    """Open projects with an idle agent and an open bead that nothing blocks, and when each was last given a run."""
    idle = exists().where(col(Agent.project_id) == col(Project.id), col(Agent.status) == AgentStatus.IDLE)
    beads = exists().where(
        col(Bead.project_id) == col(Project.id), col(Bead.status) == BeadStatus.OPEN, col(Bead.is_blocked).is_(False)
    )
    last = select(func.max(col(Run.created_at))).where(col(Run.project_id) == col(Project.id)).scalar_subquery()
    query = select(col(Project.id), last).where(col(Project.status) != ProjectStatus.CLOSED, idle, beads)
    return [(row[0], row[1]) for row in (await tx.execute(query.order_by(col(Project.id)))).all()]


async def team(tx: AsyncSession, project_id: str) -> list[Member]:
    """The project's agents as they stand, the longest idle first."""
    columns = (
        Agent.id, Agent.name, Agent.role, Agent.status, Agent.paused_because, Agent.current_bead, Agent.last_active,
        Agent.persona_name, Agent.provider_id,
    )  # fmt: skip
    query = select(*map(col, columns)).where(col(Agent.project_id) == project_id)
    rows: Sequence[Any] = (await tx.execute(query.order_by(col(Agent.last_active), col(Agent.id)))).all()
    known = {wanted: await providers.working(tx, wanted) for wanted in {row.provider_id for row in rows}}
    good_at = {name: specialties(name) for name in {row.persona_name for row in rows}}
    return [
        Member(
            id=row.id, name=row.name, role=row.role, status=row.status, paused_because=row.paused_because,
            bead_id=row.current_bead, idle_since=row.last_active, specialties=good_at[row.persona_name],
            provider_id=provider.id if (provider := known[row.provider_id]) else None,
        )
        for row in rows
    ]  # fmt: skip


async def kept(
    tx: AsyncSession, bead_ids: Sequence[str], agent_ids: Sequence[str]
) -> tuple[dict[str, Bead], dict[str, Agent]]:
    """Those of these beads and agents that there are, as they are now and kept from others until `tx` ends."""
    found: list[dict[str, Any]] = []
    for model, ids in ((Bead, bead_ids), (Agent, agent_ids)):
        query: Any = select(model).where(col(model.id).in_(ids)).order_by(col(model.id)).with_for_update()
        rows = (await tx.execute(query, execution_options={"populate_existing": True})).scalars()
        found.append({row.id: row for row in rows})
    return found[0], found[1]


def specialties(persona_name: str) -> tuple[str, ...]:
    """What an agent's persona is good at; nothing when its file cannot be read."""
    try:
        return personas.get_persona(persona_name).specialties
    except LoomError:
        return ()


async def past(tx: AsyncSession, project_id: str, works: Sequence[Work]) -> dict[str, dict[str, Past]]:
    """By work what each agent of the project did before that bears on it, by agent."""
    ids = [work.id for work in works]
    tried, above, lately = await _by_agent(tx, ids), await _above(tx, ids), await _lately(tx, project_id)
    found = {}
    for work in works:
        own = [row for row in tried if row.bead_id == work.id]
        near = await _near(tx, work.id, above[work.id]) if work.id in above else set[str]()
        found[work.id] = _told(own, near, await _on_files(tx, project_id, work), lately)
    return found


def _told(own: Sequence[Any], near: set[str], files: dict[str, list[str]], lately: dict[str, int]) -> dict[str, Past]:
    on_bead, failed = Counter[str](), Counter[str]()
    for row in own:
        on_bead[row.agent_id] += row.times
        failed[row.agent_id] += row.times if row.status == RunStatus.FAILED else 0
    return {
        agent_id: Past(
            on_bead[agent_id], failed[agent_id], int(agent_id in near), tuple(files[agent_id]), lately.get(agent_id, 0)
        )
        for agent_id in {*on_bead, *near, *files, *lately}
    }


async def last_run(tx: AsyncSession, bead_id: str) -> Run | None:
    """The bead's newest run."""
    query = select(Run).where(col(Run.bead_id) == bead_id, col(Run.terminal_reason) != TerminalReason.PAIRED)
    query = query.order_by(col(Run.created_at).desc(), col(Run.id).desc())
    return (await tx.execute(query.limit(1))).scalars().first()


async def usual_length(tx: AsyncSession, project_id: str) -> timedelta | None:
    """How long runs of the project usually take: the median of the latest that were not lost; None without any."""
    ended = (RunStatus.FINISHED, RunStatus.WAITING, RunStatus.FAILED)
    query = (
        select(col(Run.created_at), col(Run.ended_at))
        .where(col(Run.project_id) == project_id, col(Run.status).in_(ended), col(Run.ended_at).is_not(None))
        .where(col(Run.paired_with) == "")
        .order_by(col(Run.created_at).desc())
        .limit(25)
    )
    lengths = sorted(row.ended_at - row.created_at for row in (await tx.execute(query)).all())
    return lengths[len(lengths) // 2] if lengths else None


async def _by_agent(tx: AsyncSession, bead_ids: Sequence[str]) -> Sequence[Any]:
    """Rows of bead_id, agent_id, status and `times`: the number of the ended runs of these beads."""
    keys = (col(Run.bead_id), col(Run.agent_id), col(Run.status))
    query = select(*keys, func.count().label("times")).where(col(Run.bead_id).in_(bead_ids))
    query = query.where(col(Run.ended_at).is_not(None), col(Run.status) != RunStatus.LOST)
    return (await tx.execute(query.group_by(*keys))).all()


async def _above(tx: AsyncSession, bead_ids: Sequence[str]) -> dict[str, list[str]]:
    """The beads above each of these that has any."""
    ends = (col(Dependency.bead_id), col(Dependency.depends_on_id))
    query = select(*ends).where(col(Dependency.bead_id).in_(bead_ids), col(Dependency.type) == PARENT_CHILD)
    found: dict[str, list[str]] = {}
    for bead_id, parent_id in (await tx.execute(query)).all():
        found.setdefault(bead_id, []).append(parent_id)
    return found


async def _near(tx: AsyncSession, bead_id: str, parents: list[str]) -> set[str]:
    """Who worked on the beads above a bead and beside it."""
    beside = select(col(Dependency.bead_id)).where(
        col(Dependency.depends_on_id).in_(parents), col(Dependency.type) == PARENT_CHILD
    )
    beside = beside.where(col(Dependency.bead_id) != bead_id).order_by(col(Dependency.bead_id)).limit(FAMILY)
    family = [*parents[:FAMILY], *(await tx.execute(beside)).scalars()]
    return {row.agent_id for row in await _by_agent(tx, family)}


async def _on_files(tx: AsyncSession, project_id: str, work: Work) -> dict[str, list[str]]:
    """Which of the files that the bead names each agent has changed of late."""
    named = list(dict.fromkeys(PATH.findall(f"{work.title}\n{work.description}")))[:PATHS]
    found: dict[str, list[str]] = defaultdict(list)
    if not named:
        return found
    latest = (
        select(col(Run.agent_id), col(Run.diff))
        .where(col(Run.project_id) == project_id, col(Run.commit_hash) != "")
        .order_by(col(Run.created_at).desc())
        .limit(DIFFS)
        .subquery()
    )
    for path in named:
        touched = or_(*(latest.c.diff.contains(f"{mark}/{path}", autoescape=True) for mark in ("+++ b", "--- a")))
        for agent_id in (await tx.execute(select(latest.c.agent_id).where(touched).distinct())).scalars():
            found[agent_id].append(path)
    return found


async def _lately(tx: AsyncSession, project_id: str) -> dict[str, int]:
    """How many runs each agent began in the last hour."""
    query = select(col(Run.agent_id), func.count()).where(
        col(Run.project_id) == project_id, col(Run.created_at) > now() - LATELY
    )
    return {row[0]: row[1] for row in (await tx.execute(query.group_by(col(Run.agent_id)))).all()}
