"""Where a run works: its worktree, opened from what the database says of run, bead, project and agent."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead
from loom_app.config import Settings
from loom_app.decisions import service as decisions
from loom_app.git.names import branch_name
from loom_app.git.staged import Rules
from loom_app.git.worktree import Author, Worktree
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.database import Database
from loom_app.kernel.errors import NotFound
from loom_app.projects import findings
from loom_app.projects.models import Project
from loom_app.providers.models import Provider
from loom_app.runs.models import Run

T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """Everything a run is about, read once; rows are detached and not to be changed."""

    run: Run
    bead: Bead
    project: Project
    agent: Agent
    provider: Provider
    allowed: frozenset[str] = frozenset()
    """What looks like a secret and may be committed all the same."""
    reviewed: Run | None = None
    """The run whose work this one judges; such a run leaves nothing of its own behind."""


async def job_of(tx: AsyncSession, run_id: str) -> Job:
    """The job of a run. Raises NotFound when a part of it was removed meanwhile."""
    at_once = (await tx.execute(_whole(), {"run": run_id})).first()
    run = at_once[0] if at_once else await tx.get(Run, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id!r}.", code="run_not_found")
    bead = await _part(tx, Bead, run.bead_id, run)
    reviewed = await decisions.reviewed_through(tx, bead)
    return Job(
        run,
        bead,
        await _part(tx, Project, run.project_id, run),
        await _part(tx, Agent, run.agent_id, run),
        await _part(tx, Provider, run.provider_id, run),
        await findings.fingerprints(tx, run.project_id),
        await tx.get(Run, reviewed) if reviewed else None,
    )


@cache
def _whole() -> Select[Any]:
    """A run with its parts in one query: what is asked for one by one afterwards is here already."""
    query: Select[Any] = select(Run, Bead, Project, Agent, Provider)  # type: ignore[assignment]
    parts: tuple[tuple[Any, Any], ...] = (
        (Bead, Run.bead_id), (Project, Run.project_id), (Agent, Run.agent_id), (Provider, Run.provider_id),
    )  # fmt: skip
    for part, named in parts:
        query = query.join(part, col(part.id) == col(named))
    return query.where(col(Run.id) == bindparam("run"))


async def finished_job_of(tx: AsyncSession, run_id: str) -> Job:
    """The job of a run that is over. Whoever did it may have gone since, and is known by the id alone then."""
    run = await tx.get_one(Run, run_id)
    agent = Agent(id=run.agent_id, name=run.agent_id, role="", persona_name="", project_id=run.project_id)
    return Job(
        run,
        await _part(tx, Bead, run.bead_id, run),
        await _part(tx, Project, run.project_id, run),
        await tx.get(Agent, run.agent_id) or agent,
        await tx.get(Provider, run.provider_id) or Provider(id=run.provider_id, name="", endpoint="", model=run.model),
        await findings.fingerprints(tx, run.project_id),
    )


async def _part(tx: AsyncSession, kind: type[T], key: str, run: Run) -> T:
    found = await tx.get(kind, key)
    if found is None:
        raise NotFound(f"The {kind.__name__.lower()} {key} of run {run.id} was removed while it ran.", code="job_gone")
    return found


def worktree_of(db: Database, job: Job, settings: Settings, place: str = "worktrees") -> Worktree:
    """The run's worktree, made or not, in the folder `place` of Loom's data."""
    author = Author(f"{job.agent.name} ({job.agent.role})", f"{job.agent.id}@agents.loom.invalid")
    trailers = {"Bead": job.bead.id, "Agent": job.agent.id, "Run": job.run.id}
    if job.run.paired_with:
        trailers["On-behalf-of"] = f"{job.run.paired_name} <{job.run.paired_with}@users.loom.invalid>"
    folder = Path(settings.data_dir) / place / job.run.id
    rules = Rules(round(settings.git.max_file_mb * 2**20), job.allowed)
    branch = job.run.branch or branch_name(job.bead.id, job.bead.title)
    return Worktree(checkout_of(db, job.project), folder, branch, author, trailers, rules)
