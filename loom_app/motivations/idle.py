"""Whether work rests: in the whole system, in each project, of each agent. What counts as activity is said here alone.

Activity of a project is a run under way, and whatever people and agents do in it: its events whose actor is not Loom
itself. Health checks, clocks, bead files and motivations are none, so that nothing keeps itself awake. The system
rests as long as the project that was active last. An agent rests while it is free for work, since it last worked.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.events.models import Event
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.scope import within
from loom_app.projects.models import Project, ProjectStatus
from loom_app.runs.models import LIVE, Run

ITSELF = literal(SYSTEM.id, literal_execute=True)
"""Written out, for only then the partial index of events serves."""


@dataclass(frozen=True)
class AgentRest:
    """An agent that is not complete. `since` is when it last changed what it does."""

    id: str
    name: str
    role: str
    project_id: str
    status: str
    since: datetime

    def rest(self, moment: datetime) -> timedelta:
        """How long it has been free for work at `moment`; zero while it works or is paused."""
        return lasting(self.since if self.status == AgentStatus.IDLE else None, moment)


@dataclass(frozen=True)
class ProjectRest:
    """An open project. `since` is its last activity, None while a run is under way; `agents` are those on its team."""

    id: str
    name: str
    agents: int
    since: datetime | None

    def rest(self, moment: datetime) -> timedelta:
        """How long nothing has happened in it at `moment`."""
        return lasting(self.since, moment)


@dataclass(frozen=True)
class IdleState:
    """What rests at `checked_at`, and since when."""

    checked_at: datetime
    projects: tuple[ProjectRest, ...]
    agents: tuple[AgentRest, ...]

    @property
    def since(self) -> datetime | None:
        """The last activity of all projects; None while a run is under way, and where there is no open project."""
        moments = [one.since for one in self.projects if one.since is not None]
        return max(moments) if moments and len(moments) == len(self.projects) else None

    def rest(self) -> timedelta:
        """How long nothing has happened anywhere."""
        return lasting(self.since, self.checked_at)


def lasting(since: datetime | None, moment: datetime) -> timedelta:
    """From `since` to `moment`; zero for None, and when the clock was put back behind `since`."""
    return max(timedelta(), moment - since) if since is not None else timedelta()


async def idle_state(tx: AsyncSession, moment: datetime, *, actor: Actor = SYSTEM) -> IdleState:
    """What rests at `moment` of that which `actor` sees: two queries, however many beads and events there are."""
    agents = tuple(AgentRest(*row) for row in await tx.execute(_agents(actor)))
    team = Counter(one.project_id for one in agents)
    projects = tuple(
        ProjectRest(row.id, row.name, team[row.id], None if row.at_work else _latest(row))
        for row in await tx.execute(_projects(actor))
    )
    return IdleState(moment, projects, agents)


def _latest(row: Any) -> datetime:
    found: datetime = max(at for at in (row.created_at, row.last_event, row.last_run) if at is not None)
    return found


def _agents(actor: Actor) -> Select[*tuple[Any, ...]]:
    columns = (Agent.id, Agent.name, Agent.role, Agent.project_id, Agent.status, Agent.last_active)
    there = (col(Agent.status) != AgentStatus.COMPLETE, within(actor, col(Agent.project_id)))
    return select(*map(col, columns)).where(*there).order_by(col(Agent.last_active), col(Agent.id))


def _projects(actor: Actor) -> Select[*tuple[Any, ...]]:
    on = select(col(Run.project_id)).where(col(Run.status).in_(LIVE), col(Run.paused_at).is_(None))
    event = (
        select(col(Event.timestamp))
        .where(col(Event.project_id) == col(Project.id), col(Event.actor_id) != ITSELF)
        .order_by(col(Event.seq).desc())
        .limit(1)
        .scalar_subquery()
    )
    run = (
        select(col(Run.ended_at))
        .where(col(Run.project_id) == col(Project.id))
        .order_by(col(Run.created_at).desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (col(Project.id), col(Project.name), col(Project.created_at))
    told = (col(Project.id).in_(on).label("at_work"), event.label("last_event"), run.label("last_run"))
    open_ones = (col(Project.status) != ProjectStatus.CLOSED, within(actor, col(Project.id)))
    return select(*columns, *told).where(*open_ones).order_by(col(Project.id))
