"""The idle state as the API tells it, with the beads that wait meanwhile."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import AgentStatus
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.config import IdleSettings
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.rest import Shown
from loom_app.kernel.scope import within
from loom_app.motivations.idle import AgentRest, IdleState, ProjectRest, idle_state

PERIOD = "How long nothing has happened, in nanoseconds."
MOST_AGENTS = 200
NO_TEXT = literal("", literal_execute=True)
"""Written out, for only then the partial index of odd statuses serves."""
Counts = Counter[tuple[str, str]]
"""How many beads, by project and status."""


class IdleProjectView(Shown):
    """A project: whether it rests, and what waits in it."""

    project_id: str
    project_name: str
    is_idle: bool
    idle_period: int = Field(description=PERIOD)
    idle_seconds: int
    agent_count: int
    open_beads: int
    last_activity: datetime | None = Field(description="null while a run is under way.")


class IdleAgentView(Shown):
    """An agent that is free, and whether it has been for so long that it counts as idle."""

    agent_id: str
    agent_name: str
    role: str
    project_id: str
    is_idle: bool
    idle_period: int = Field(description=PERIOD)
    idle_seconds: int


class Thresholds(Shown):
    """After how much rest something counts as idle."""

    system_seconds: int
    project_seconds: int
    agent_seconds: int


class IdleView(Shown):
    """Whether work rests, of all projects the asker sees. `idle_agents` are those free for work."""

    is_system_idle: bool
    system_idle_period: int = Field(description=PERIOD)
    system_idle_seconds: int
    total_agents: int
    working_agents: int
    idle_agents: int
    paused_agents: int
    total_beads: int
    open_beads: int
    in_progress_beads: int
    idle_projects: list[IdleProjectView] = Field(description="Every open project, those at rest and the others.")
    free_agents: list[IdleAgentView] = Field(description="The agents free for work, at most 200, the longest first.")
    last_agent_activity: datetime | None = Field(description="When an agent last began or ended work.")
    thresholds: Thresholds
    checked_at: datetime


async def told(tx: AsyncSession, settings: IdleSettings, *, actor: Actor) -> IdleView:
    """What rests now of that which `actor` sees."""
    state = await idle_state(tx, now(), actor=actor)
    beads = await _counts(tx, actor)
    of = Counter(agent.status for agent in state.agents)
    by = Counter[str]()
    for (_, status), count in beads.items():
        by[status] += count
    return IdleView(
        is_system_idle=state.since is not None and state.rest() >= settings.system,
        system_idle_period=_nanoseconds(state.rest()), system_idle_seconds=_seconds(state.rest()),
        total_agents=len(state.agents), working_agents=of[AgentStatus.WORKING], idle_agents=of[AgentStatus.IDLE],
        paused_agents=of[AgentStatus.PAUSED],
        total_beads=by.total(), open_beads=by[BeadStatus.OPEN], in_progress_beads=by[BeadStatus.IN_PROGRESS],
        idle_projects=[_project(one, beads, state.checked_at, settings) for one in state.projects],
        free_agents=[_agent(one, state.checked_at, settings) for one in _free(state)[:MOST_AGENTS]],
        last_agent_activity=_last_worked(state), thresholds=_thresholds(settings), checked_at=state.checked_at,
    )  # fmt: skip


async def _counts(tx: AsyncSession, actor: Actor) -> Counts:
    """All beads from an index alone, less those deleted, of which another index tells: 100,000 take milliseconds."""
    found = await _grouped(tx, within(actor, col(Bead.project_id)))
    gone = (col(Bead.source_status) != NO_TEXT, col(Bead.source_status) == TOMBSTONE)
    found.subtract(await _grouped(tx, within(actor, col(Bead.project_id)), *gone))
    return found


async def _grouped(tx: AsyncSession, *wanted: ColumnElement[bool]) -> Counts:
    columns = (col(Bead.project_id), col(Bead.status))
    rows: Any = await tx.execute(select(*columns, func.count()).where(*wanted).group_by(*columns))
    return Counter({(project_id, status): count for project_id, status, count in rows})


def _free(state: IdleState) -> list[AgentRest]:
    return [agent for agent in state.agents if agent.status == AgentStatus.IDLE]


def _last_worked(state: IdleState) -> datetime | None:
    if any(agent.status == AgentStatus.WORKING for agent in state.agents):
        return state.checked_at
    return max((agent.since for agent in state.agents), default=None)


def _project(one: ProjectRest, beads: Counts, moment: datetime, settings: IdleSettings) -> IdleProjectView:
    rest = one.rest(moment)
    return IdleProjectView(
        project_id=one.id, project_name=one.name, is_idle=one.since is not None and rest >= settings.project,
        idle_period=_nanoseconds(rest), idle_seconds=_seconds(rest), agent_count=one.agents,
        open_beads=beads[one.id, BeadStatus.OPEN], last_activity=one.since,
    )  # fmt: skip


def _agent(one: AgentRest, moment: datetime, settings: IdleSettings) -> IdleAgentView:
    rest = one.rest(moment)
    return IdleAgentView(
        agent_id=one.id, agent_name=one.name, role=one.role, project_id=one.project_id,
        is_idle=rest >= settings.agent, idle_period=_nanoseconds(rest), idle_seconds=_seconds(rest),
    )  # fmt: skip


def _thresholds(settings: IdleSettings) -> Thresholds:
    return Thresholds(
        system_seconds=_seconds(settings.system), project_seconds=_seconds(settings.project),
        agent_seconds=_seconds(settings.agent),
    )  # fmt: skip


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def _nanoseconds(length: timedelta) -> int:
    return length // timedelta(microseconds=1) * 1_000
