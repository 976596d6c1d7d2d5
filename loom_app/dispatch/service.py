"""One round of dispatch: expired leases freed, ready beads given to idle agents, and what was claimed told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.auth import service as users
from loom_app.beads import service as beads
from loom_app.beads.graph import PARENT_CHILD
from loom_app.beads.models import Bead, BeadStatus, Dependency
from loom_app.config import Settings
from loom_app.dispatch.matching import Candidate, Work, match
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.kernel.log import get_logger
from loom_app.projects.models import Project, ProjectStatus
from loom_app.providers import service as providers
from loom_app.readiness import service as readiness
from loom_app.runs import lease
from loom_app.runs.begin import begin
from loom_app.runs.ending import end_expired
from loom_app.runs.models import Run

log = get_logger(__name__)
READY_LIMIT = 200


@dataclass
class Round:
    """What one round did."""

    claimed: list[str] = field(default_factory=list)
    freed: list[str] = field(default_factory=list)
    waiting: str = ""
    """Why nothing (more) was given out, in a sentence; empty when nothing waits."""


async def dispatch(db: Database, settings: Settings) -> Round:
    """Frees what has expired, then claims for every idle agent the most urgent ready bead that suits it."""
    done = Round(freed=await free_expired(db, settings))
    async with db.read() as tx:
        idle_projects = await _projects_with_idle_agents(tx)
    for project_id in idle_projects:
        await _dispatch_project(db, settings, project_id, done)
    return done


async def free_expired(db: Database, settings: Settings) -> list[str]:
    """Ends every run whose lease ran out and opens its bead again. Answers the beads."""
    async with db.read() as tx:
        if not await lease.any_expired(tx):
            return []
    async with db.write() as tx:
        found = await lease.expired(tx)
        for held in found:
            log.warning("lease ran out", bead=held.bead_id, holder=held.holder, run=held.run_id)
            await end_expired(tx, held, settings)
    return [held.bead_id for held in found]


async def _dispatch_project(db: Database, settings: Settings, project_id: str, done: Round) -> None:
    async with db.read() as tx:
        column = await beads.limited(tx, project_id, BeadStatus.IN_PROGRESS)
        found = await beads.ready(tx, project_id, now(), READY_LIMIT) if column is None or column.room else []
        ready = await _without_open_epics(tx, found)
        held = await readiness.why_held(tx, project_id, settings) if ready else ""
        team = await _team(tx, project_id)
        people = await users.among(tx, (row.assigned_to for row in ready if row.assigned_to))
    if column is not None and not column.room:
        done.waiting = f"{column}; ready beads wait."
    if held:
        done.waiting = held
        return
    places = len(ready) if column is None else column.room
    idle = [agent for agent, status in team if status == AgentStatus.IDLE]
    everybody = [agent for agent, _ in team]
    for row in ready:
        work = Work(
            row.id, row.type, row.title, tuple(row.tags or ()), row.assigned_to or "", row.assigned_to in people
        )
        chosen = match(work, idle, everybody) if idle else None
        if chosen is None:
            continue
        run = await _claim(db, settings, row.id, chosen.agent.id, chosen.why, done)
        if run is not None:
            done.claimed.append(run.id)
            idle.remove(chosen.agent)
            places -= 1
        if not places:
            return


async def _without_open_epics(tx: AsyncSession, ready: Sequence[Any]) -> Sequence[Any]:
    """The beads without the epics that still have something under them to be done: nobody could finish those."""
    epics = [row.id for row in ready if row.type == "epic"]
    if not epics:
        return ready
    below = (
        select(col(Dependency.depends_on_id))
        .join(Bead, col(Bead.id) == col(Dependency.bead_id))
        .where(col(Dependency.depends_on_id).in_(epics), col(Dependency.type) == PARENT_CHILD)
        .where(col(Bead.status) != BeadStatus.DONE)
    )
    held = set((await tx.execute(below)).scalars())
    return [row for row in ready if row.id not in held]


async def _claim(db: Database, settings: Settings, bead_id: str, agent_id: str, why: str, done: Round) -> Run | None:
    """Claims in a transaction of its own; somebody else being quicker is no error."""
    try:
        async with db.write() as tx:
            bead = await tx.get(Bead, bead_id)
            agent = await tx.get(Agent, agent_id)
            if bead is None or agent is None or agent.status != AgentStatus.IDLE:
                return None
            provider = await providers.working(tx, agent.provider_id)
            if provider is None:
                done.waiting = "No provider is active; agents rest until one is."
                return None
            if not await beads.is_ready(tx, bead_id, now()):
                return None
            return await begin(tx, bead, agent, provider, seconds=settings.runs.lease_seconds, why=why)
    except Conflict as refusal:
        log.info("bead not claimed", bead=bead_id, why=refusal.message)
        return None


async def _projects_with_idle_agents(tx: AsyncSession) -> list[str]:
    query = (
        select(col(Agent.project_id))
        .join(Project, col(Project.id) == col(Agent.project_id))
        .where(col(Agent.status) == AgentStatus.IDLE, col(Project.status) != ProjectStatus.CLOSED)
        .distinct()
        .order_by(col(Agent.project_id))
    )
    return list((await tx.execute(query)).scalars())


async def _team(tx: AsyncSession, project_id: str) -> Sequence[tuple[Candidate, str]]:
    """The project's agents with their status, the longest idle first."""
    query = (
        select(col(Agent.id), col(Agent.name), col(Agent.role), col(Agent.status))
        .where(col(Agent.project_id) == project_id)
        .order_by(col(Agent.last_active), col(Agent.id))
    )
    return [(Candidate(row.id, row.name, row.role), row.status) for row in (await tx.execute(query)).all()]
