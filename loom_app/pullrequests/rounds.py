"""One round over a pull request: opened where it is wanted, followed, merged once it is approved. Safe to repeat."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.kernel.clock import ahead, now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid, LoomError
from loom_app.kernel.ids import new_id
from loom_app.kernel.keyring import vault_of
from loom_app.kernel.log import get_logger
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.pullrequests import keeping, repository
from loom_app.pullrequests.access import Access, access_of, goes_by_github
from loom_app.pullrequests.following import follow
from loom_app.pullrequests.merging import merge
from loom_app.pullrequests.models import PullRequest, PullStatus
from loom_app.pullrequests.opening import describe, open_wanted
from loom_app.pullrequests.sites import Repo, repo_of
from loom_app.reviews import service as reviews
from loom_app.runs.models import Run, RunStatus

log = get_logger(__name__)
CLAIM_SECONDS = 60.0
"""After how long a round that nobody ends, because its process died, is taken up by another."""


@dataclass(frozen=True)
class _Start:
    """What a round begins with; `wanted` is whether its run's work waits for people or for being merged."""

    access: Access
    pull: PullRequest
    wanted: bool


async def wanted(tx: AsyncSession, settings: Settings) -> list[tuple[Run, Project, Repo]]:
    """The work that waits on a branch on GitHub and has no pull request, or one that stands for an earlier run."""
    found = []
    for run, project in await repository.waiting(tx):
        try:
            repo = repo_of(settings, project.git_repo)
        except Invalid:
            continue
        if await _is_wanted(tx, run.id):
            found.append((run, project, repo))
    return found


async def note_wanted(tx: AsyncSession, settings: Settings) -> None:
    """Makes a pull request wanted of all such work."""
    for run, project, repo in await wanted(tx, settings):
        known = await repository.live(tx, project.id, run.branch)
        if known is not None:
            known.run_id, known.bead_id, known.failures, known.look_at = run.id, run.bead_id, 0, now()
        else:
            tx.add(PullRequest(
                id=new_id("pr"), project_id=project.id, bead_id=run.bead_id, run_id=run.id, repository=repo.shown,
                branch=run.branch, base=project.branch,
            ))  # fmt: skip
        await tx.flush()


async def attend(db: Database, settings: Settings, pull_id: str) -> None:
    """One round, unless another process has it. What fails is told on the row and tried again, ever later."""
    async with db.write() as tx:
        if not await repository.claim(tx, pull_id, ahead(CLAIM_SECONDS)):
            return
    holding = asyncio.create_task(_hold(db, pull_id))
    try:
        held = await _round(db, settings, pull_id)
    except LoomError as fault:
        log.warning("a pull request waits", pull_request=pull_id, why=fault.message)
        async with db.write() as tx:
            await keeping.failed(tx, pull_id, fault)
    else:
        async with db.write() as tx:
            await keeping.well(tx, pull_id, settings, held)
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


async def _hold(db: Database, pull_id: str) -> None:
    """Keeps the round this process's own for as long as it takes."""
    while True:
        await asyncio.sleep(CLAIM_SECONDS / 3)
        async with db.write() as tx:
            await repository.hold(tx, pull_id, ahead(CLAIM_SECONDS))


async def merges_on_github(tx: AsyncSession, db: Database, settings: Settings, run_id: str) -> bool:
    """Whether approved work is merged by a round of its pull request rather than by Loom itself."""
    run = await tx.get_one(Run, run_id)
    return await goes_by_github(tx, vault_of(db), settings, await projects.get(tx, run.project_id))


async def _is_wanted(tx: AsyncSession, run_id: str) -> bool:
    """Whether the run's work had no pull request yet, or was approved after that was closed."""
    ended, approved = await repository.has_ended(tx, run_id), await reviews.approved_at(tx, run_id)
    return ended is None or (approved is not None and approved > ended)


async def _round(db: Database, settings: Settings, pull_id: str) -> str:
    """What GitHub wants before it merges what was approved, or ""."""
    start = await _started(db, settings, pull_id)
    if start is None:
        return ""
    async with start.access.opened() as hub:
        if start.pull.status == PullStatus.WANTED:
            await open_wanted(db, settings, hub, start.pull)
        elif start.wanted and start.pull.described != start.pull.run_id:
            await describe(db, settings, hub, start.pull)
        return await merge(db, settings, hub, pull_id) if await follow(db, settings, hub, pull_id) else ""


async def _is_elsewhere(tx: AsyncSession, pull: PullRequest, access: Access) -> bool:
    """Whether it was opened in another repository than the project's present one; one that is wanted moves along."""
    if pull.status == PullStatus.WANTED:
        pull.repository = access.repo.shown
        await tx.flush()
    return pull.repository != access.repo.shown


async def _started(db: Database, settings: Settings, pull_id: str) -> _Start | None:
    """What the round needs; None where nothing is wanted any more."""
    async with db.write() as tx:
        pull = await repository.get(tx, pull_id)
        run = await tx.get(Run, pull.run_id) if pull is not None else None
        if pull is None or run is None:
            return None
        wanted = await reviews.is_for_review(tx, run)
        over = run.status == RunStatus.FINISHED
        if pull.status == PullStatus.WANTED and not wanted:
            if over:
                await keeping.forget(tx, pull_id)
            return None
        project = await projects.get(tx, pull.project_id)
        access = await access_of(tx, vault_of(db), settings, project)
        if (over and not access.token) or await _is_elsewhere(tx, pull, access):
            await keeping.left(tx, pull_id)
            return None
        return _Start(access, pull, wanted)
