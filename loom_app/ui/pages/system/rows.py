"""What System Status shows, read in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.beads.ready import ready
from loom_app.events import repository as events
from loom_app.events.visibility import visible_to
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.scope import within
from loom_app.projects.models import Project
from loom_app.providers import service as providers
from loom_app.providers.models import WORKING
from loom_app.runs.models import Run, RunStatus
from loom_app.supervisor.status import ProcessStatus

MOST_PROVIDERS, MOST_READY, MOST_FAULTS = 50, 500, 10
NAMES = {"web": "Web: pages and API", "worker": "Worker", "temporal": "Temporal", "demo": "Demo model"}


@dataclass
class ProcessRow:
    """One program; `since` is RFC 3339 or empty."""

    name: str
    state: str
    pid: str
    restarts: int
    last_exit: str
    since: str


@dataclass
class ProviderRow:
    """One provider; moments are RFC 3339 or empty."""

    id: str
    name: str
    endpoint: str
    is_demo: bool
    status: str
    model: str
    latency: str
    seen: str
    error: str
    requests: str


@dataclass
class FaultRow:
    """A run that failed, or a provider that does not answer."""

    id: str
    title: str
    href: str
    word: str
    message: str
    at: str


@dataclass
class Queue:
    """What waits and why nothing is given out, in a sentence; empty when nothing is held up."""

    ready: int = 0
    in_progress: int = 0
    open: int = 0
    waiting: int = 0
    blocked: int = 0
    reason: str = ""


def process_row(process: ProcessStatus) -> ProcessRow:
    """A program as people read it."""
    return ProcessRow(
        name=NAMES.get(process.name, process.name),
        state=process.state,
        pid=str(process.pid or "–"),
        restarts=process.restarts,
        last_exit=process.last_exit or "",
        since=process.started_at or "",
    )


async def provider_rows(tx: AsyncSession, actor: Actor) -> list[ProviderRow]:
    """The providers `actor` may see, oldest first."""
    rows, _ = await providers.list_visible(tx, actor, MOST_PROVIDERS, 0)
    return [_provider(row) for row in rows]


async def queue(tx: AsyncSession, actor: Actor) -> Queue:
    """How many beads wait, and for what."""
    by_status = select(col(Bead.status), func.count()).where(
        col(Bead.source_status) != TOMBSTONE, within(actor, col(Bead.project_id))
    )
    counted = {row[0]: row[1] for row in await tx.execute(by_status.group_by(col(Bead.status)))}
    startable = await ready(tx, None, now(), MOST_READY, actor=actor)
    opened = counted.get(BeadStatus.OPEN, 0)
    return Queue(
        ready=len(startable),
        in_progress=counted.get(BeadStatus.IN_PROGRESS, 0),
        open=opened,
        waiting=max(0, opened - len(startable)),
        blocked=counted.get(BeadStatus.BLOCKED, 0),
        reason=await _reason(tx, {row.project_id for row in startable}),
    )


async def faults(tx: AsyncSession, actor: Actor, shown: Sequence[ProviderRow]) -> list[FaultRow]:
    """The newest runs that failed, and the providers among `shown` that do not answer."""
    query = (
        select(col(Run.id), col(Run.bead_id), col(Run.status), col(Run.message), col(Run.ended_at), col(Bead.title))
        .join(Bead, col(Bead.id) == col(Run.bead_id))
        .where(
            col(Run.status).in_((RunStatus.FAILED, RunStatus.LOST)),
            within(actor, col(Run.project_id)),
            within(actor, col(Bead.project_id)),
        )
        .order_by(col(Run.ended_at).desc())
        .limit(MOST_FAULTS)
    )
    failed = [
        FaultRow(
            id=row.id, title=f"{row.bead_id}: {row.title}", href=f"/beads/{row.bead_id}?run={row.id}", word=row.status,
            message=row.message, at=rfc3339(row.ended_at) if row.ended_at else "",
        )
        for row in await tx.execute(query)
    ]  # fmt: skip
    silent = [
        FaultRow(id=row.id, title=row.name, href="/system", word=row.status, message=row.error, at=row.seen)
        for row in shown
        if row.error and row.status not in WORKING
    ]
    return [*silent, *failed]


async def log_figures(tx: AsyncSession, actor: Actor) -> tuple[int, int]:
    """How many events `actor` sees, and the number of the newest."""
    return await events.total(tx, visible_to(actor)), await events.last_seq(tx)


async def _reason(tx: AsyncSession, waiting: set[str]) -> str:
    """Why ready beads of the projects `waiting` are not taken up now; empty when they are about to be."""
    if not waiting:
        return ""
    if await providers.working(tx) is None:
        return "No provider is active; agents rest until one is."
    names = {row[0]: row[1] for row in await tx.execute(select(col(Project.id), col(Project.name)))}
    query = select(col(Agent.project_id), col(Agent.status)).where(col(Agent.project_id).in_(waiting))
    teams: dict[str, set[str]] = {project_id: set() for project_id in waiting}
    for project_id, status in await tx.execute(query):
        teams[project_id].add(status)
    held = [(names.get(project_id, project_id), team_reason(team)) for project_id, team in sorted(teams.items())]
    return " ".join(f"{name}: {why}" for name, why in held if why)


def team_reason(statuses: set[str]) -> str:
    """Why a team whose agents have these statuses takes nothing up; empty when it is about to."""
    if not statuses:
        return "it has no agents; add one on the page Agents."
    if AgentStatus.IDLE in statuses:
        return ""
    if AgentStatus.WORKING in statuses:
        return "every agent who could take a bead is at work."
    return "every agent is paused; resume one on the page Agents."


def _provider(row: Any) -> ProviderRow:
    return ProviderRow(
        id=row.id,
        name=row.name,
        endpoint=row.endpoint,
        is_demo=row.is_demo,
        status=row.status,
        model=row.selected_model or row.model or "–",
        latency=f"{row.last_heartbeat_latency_ms} ms" if row.last_heartbeat_latency_ms is not None else "–",
        seen=rfc3339(row.last_heartbeat_at) if row.last_heartbeat_at else "",
        error=row.last_heartbeat_error if row.status not in WORKING else "",
        requests=f"{row.total_requests:,}" + (f", {row.failed_requests:,} failed" if row.failed_requests else ""),
    )
