"""Looking at an open pull request: merged, closed, added to by others, its checks, and what reviewers ask for."""

from typing import Any

from loom_app.config import Settings
from loom_app.git.runner import GitFailed
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Forbidden
from loom_app.kernel.log import get_logger
from loom_app.projects import service as projects
from loom_app.pullrequests import keeping, repository
from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.faults import GitHubFault
from loom_app.pullrequests.hearing import hear
from loom_app.pullrequests.models import PullRequest
from loom_app.pullrequests.reading import TRUSTED, Pull, checks_of, listed, login_of, pull_of
from loom_app.reviews import service as reviews
from loom_app.reviews.merging import PLACE
from loom_app.runs.models import Run
from loom_app.runs.workplace import finished_job_of, worktree_of

log = get_logger(__name__)


async def follow(db: Database, settings: Settings, hub: GitHub, pull_id: str) -> bool:
    """Takes over what happened on GitHub; whether it is still open and nobody asked for changes. Raises GitHubFault."""
    row = await _row(db, pull_id)
    if row is None:
        return False
    etags = dict(row.etags)
    answer = await hub.get(f"/pulls/{row.number}", etag=etags.get("pull", ""))
    if answer.changed:
        seen = pull_of(hub, answer.body)
        if seen.is_merged:
            await end_merged(db, row, seen.merge_commit, seen.merged_by)
            return False
        if not seen.is_open:
            await _end_closed(db, hub, row)
            return False
        await _take_over(db, settings, row, seen)
        async with db.write() as tx:
            news = {"head": seen.head, "title": seen.title, "mergeable": seen.mergeable, "url": seen.url}
            await keeping.noted(tx, pull_id, **news)
        row.head, etags["pull"] = seen.head, answer.etag
    await _look_at_checks(db, hub, row, etags)
    heard = await hear(db, hub, row, etags)
    async with db.write() as tx:
        await keeping.noted(tx, pull_id, etags=etags)
    return not heard


async def end_merged(db: Database, row: PullRequest, commit: str, by: str) -> None:
    """Notes that it was merged, and removes its branch here and there."""
    async with db.write() as tx:
        await keeping.merged(tx, row.id, commit, by)
    async with db.read() as tx:
        project = await projects.get(tx, row.project_id)
    checkout = checkout_of(db, project)
    try:
        async with checkout.locked():
            await checkout.ensure()
            problem = await checkout.drop_branch(row.branch)
    except (GitFailed, Forbidden) as error:
        problem = error.message
    if problem:
        log.info("the branch of a merged pull request stays", branch=row.branch, why=problem)


async def _row(db: Database, pull_id: str) -> PullRequest | None:
    async with db.read() as tx:
        row = await repository.get(tx, pull_id)
    return row if row is not None and row.number and row.ended_at is None else None


async def _end_closed(db: Database, hub: GitHub, row: PullRequest) -> None:
    by, why = "", ""
    try:
        told = (await hub.get(f"/issues/{row.number}")).body
        by = login_of(told.get("closed_by")) if isinstance(told, dict) else ""
        said = listed(hub, (await hub.get(f"/issues/{row.number}/comments", per_page=100)).body)
        words = [str(one.get("body") or "") for one in said if one.get("author_association") in TRUSTED]
        why = words[-1].strip()[:1_000] if words else ""
    except GitHubFault as fault:
        log.info("who closed a pull request is not known", pull_request=row.id, why=fault.message)
    async with db.write() as tx:
        await keeping.closed(tx, row.id, by, why)


async def _take_over(db: Database, settings: Settings, row: PullRequest, seen: Pull) -> None:
    """Takes what others added to the branch for what is looked at and merged from now on."""
    async with db.read() as tx:
        job = await finished_job_of(tx, row.run_id)
        if seen.head == job.run.commit_hash or not await reviews.is_for_review(tx, job.run):
            return
    tree = worktree_of(db, job, settings, PLACE)
    async with tree.checkout.turn(), tree.checkout.locked():
        await tree.checkout.ensure()
        if await tree.checkout.at_origin(row.branch) != seen.head:
            return
        await tree.open_afresh(seen.head)
        diff = await tree.whole_diff()
        await tree.close(keep_branch=True)
        await tree.checkout.note_pushed(row.branch, seen.head)
    async with db.write() as tx:
        run = await tx.get_one(Run, row.run_id, with_for_update=True, populate_existing=True)
        why = (
            f"Others added to {row.called} on GitHub: it stands at {seen.head[:12]} now, no longer at "
            f"{run.commit_hash[:12]}. Look at the change as it is now."
        )
        run.commit_hash, run.diff = seen.head, diff
        await reviews.ask_again(tx, run.id, why)


async def _look_at_checks(db: Database, hub: GitHub, row: PullRequest, etags: dict[str, str]) -> None:
    """The checks of the newest commit; a token that may not see them leaves them unknown."""
    try:
        runs = await hub.get(f"/commits/{row.head}/check-runs", etag=_known(etags, "runs", row.head), per_page=100)
        status = await hub.get(f"/commits/{row.head}/status", etag=_known(etags, "status", row.head))
        if not (runs.changed or status.changed):
            return
        if not runs.changed:
            runs = await hub.get(f"/commits/{row.head}/check-runs", per_page=100)
        if not status.changed:
            status = await hub.get(f"/commits/{row.head}/status")
    except GitHubFault as fault:
        if fault.code not in ("github_forbidden", "github_no_access", "github_refused"):
            raise
        return
    etags["runs"], etags["status"] = f"{row.head} {runs.etag}", f"{row.head} {status.etag}"
    async with db.write() as tx:
        await keeping.noted(tx, row.id, checks=_checks(hub, runs.body, status.body))


def _checks(hub: GitHub, runs: Any, status: Any) -> str:
    known = listed(hub, runs.get("check_runs", []) if isinstance(runs, dict) else runs)
    return checks_of(known, status if isinstance(status, dict) else {})


def _known(etags: dict[str, str], name: str, head: str) -> str:
    """The tag of what was last seen of this very commit."""
    commit, _, etag = etags.get(name, "").partition(" ")
    return etag if commit == head else ""
