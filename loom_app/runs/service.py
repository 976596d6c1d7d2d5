"""What people and the worker do to runs from outside: end one, stop one, claim a bead by hand."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.git.runner import GitFailed
from loom_app.git.worktree import Worktree
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, LoomError, NotFound
from loom_app.kernel.log import get_logger
from loom_app.projects import service as projects
from loom_app.runs import guard, lease, repository
from loom_app.runs.ending import Ending, end
from loom_app.runs.landing import waits
from loom_app.runs.models import LIVE, Run, RunAction, TerminalReason
from loom_app.runs.workplace import Job, job_of, worktree_of

log = get_logger(__name__)


async def end_run(db: Database, settings: Settings, run_id: str, reason: TerminalReason, message: str) -> None:
    """Ends a live run for a reason that is not its own success; one that is over already stays as it is."""
    diff = await _kept_diff(db, settings, run_id)
    try:
        async with db.write() as tx:
            run = await guard.held(tx, run_id, settings.runs.lease_seconds)
            await end(tx, run, Ending(reason, message, diff=diff), settings)
            if reason is TerminalReason.REPOSITORY_ERROR:
                await projects.note_repository(tx, run.project_id, head="", problem=message)
    except lease.LeaseLost as lost:
        log.info("run was over already", run=run_id, why=lost.message)
    await close_worktree(db, settings, run_id, keep_branch=False)


async def close_worktree(db: Database, settings: Settings, run_id: str, *, keep_branch: bool) -> None:
    """Removes the run's worktree; what cannot be removed now is swept later."""
    try:
        async with db.read() as tx:
            tree = worktree_of(db, await job_of(tx, run_id), settings)
        if tree.folder.exists():
            async with tree.checkout.locked():
                await tree.close(keep_branch=keep_branch)
    except (GitFailed, NotFound) as error:
        log.warning("worktree not removed", run=run_id, why=error.message)


async def cancel(tx: AsyncSession, run_id: str, *, actor: Actor) -> Run:
    """Asks a live run to stop, which it does within a second or two. Raises Conflict when it is over."""
    run = await get(tx, run_id, actor=actor)
    if run.status not in LIVE:
        raise is_over(run)
    if run.taken_by and not run.paired_with:
        raise Conflict(f"Run {run_id} is being taken over; it ends by that.", code="run_taken")
    if not run.cancel_requested:
        run.cancel_requested = True
        data = {"run_id": run_id, "agent_id": run.agent_id, "token": run.token}
        append(tx, "run.cancel_requested", actor=actor, project_id=run.project_id, subject_id=run.bead_id, data=data)
    return run


def is_over(run: Run) -> Conflict:
    """What to say to whoever wants something of a run that has ended."""
    return Conflict(f"Run {run.id} is over already: {(run.message or run.status).rstrip('.')}.", code="run_over")


async def get(tx: AsyncSession, run_id: str, *, actor: Actor = SYSTEM) -> Run:
    """The run, if `actor` sees its project. Raises NotFound."""
    run = await repository.get(tx, run_id)
    if run is None or not actor.sees(run.project_id):
        raise NotFound(f"There is no run {run_id!r}. GET /api/v1/runs lists them.", code="run_not_found")
    return run


async def page(
    tx: AsyncSession, actor: Actor, *, limit: int, offset: int, live: bool | None = None, **narrowed: str | None
) -> tuple[Sequence[Any], int]:
    """Rows of the runs `actor` sees, newest first, and how many match; `narrowed` by bead, agent or project id."""
    return await repository.page(tx, actor, limit=limit, offset=offset, live=live, **narrowed)


async def actions(tx: AsyncSession, run_id: str) -> Sequence[RunAction]:
    """What the run did, in order."""
    return await repository.actions(tx, run_id)


async def _kept_diff(db: Database, settings: Settings, run_id: str) -> str:
    """What the run had changed, kept for people to read; empty when there is no worktree to read it from."""
    try:
        async with db.read() as tx:
            job = await job_of(tx, run_id)
        tree = worktree_of(db, job, settings)
        return await diff_of(tree) if job.reviewed is None and tree.folder.exists() else ""
    except NotFound:
        return ""


async def diff_of(tree: Worktree) -> str:
    """The run's whole change for people to read; why there is none when git cannot tell."""
    try:
        return await tree.whole_diff()
    except LoomError as error:
        return f"(no diff: {error.message})"


def keeps_branch(job: Job) -> bool:
    """Whether the project leaves finished work on branches for review."""
    return waits(job.project) and job.reviewed is None
