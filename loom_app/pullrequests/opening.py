"""Opening a pull request: its branch pushed, one that is open already taken for ours, else a new one."""

from loom_app.config import Settings
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.database import Database
from loom_app.pullrequests import keeping
from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.describing import described
from loom_app.pullrequests.faults import GitHubFault
from loom_app.pullrequests.models import PullRequest
from loom_app.pullrequests.reading import Pull, listed, pull_of
from loom_app.runs import service as runs
from loom_app.runs.workplace import Job, finished_job_of


async def open_wanted(db: Database, settings: Settings, hub: GitHub, pull: PullRequest) -> None:
    """Opens it, or finds it open: a process that died may have opened it without noting so. Raises GitHubFault."""
    job, text = await _told(db, settings, pull)
    await _push(db, job)
    found = await _open_one(hub, pull)
    if found is None:
        try:
            found = pull_of(hub, await hub.send("POST", "/pulls", {**text, "head": pull.branch, "base": pull.base}))
        except GitHubFault as fault:
            found = await _open_one(hub, pull) if fault.code == "github_refused" else None
            if found is None:
                raise
    else:
        await hub.send("PATCH", f"/pulls/{found.number}", text)
    async with db.write() as tx:
        await keeping.opened(tx, pull.id, found)


async def describe(db: Database, settings: Settings, hub: GitHub, pull: PullRequest) -> None:
    """Has it tell of the run that went on with it. Raises GitHubFault."""
    job, text = await _told(db, settings, pull)
    await _push(db, job)
    seen = pull_of(hub, await hub.send("PATCH", f"/pulls/{pull.number}", text))
    async with db.write() as tx:
        await keeping.opened(tx, pull.id, seen)


async def _told(db: Database, settings: Settings, pull: PullRequest) -> tuple[Job, dict[str, str]]:
    async with db.read() as tx:
        job = await finished_job_of(tx, pull.run_id)
        actions = await runs.actions(tx, pull.run_id)
    shown = f"{settings.api.public_url}/runs/{pull.run_id}/diff" if settings.api.public_url else ""
    return job, described(job, actions, shown)


async def _push(db: Database, job: Job) -> None:
    """Takes the branch there once more, where the run could not. Raises GitHubFault."""
    checkout = checkout_of(db, job.project)
    async with checkout.locked():
        await checkout.ensure()
        problem = await checkout.push_branch(job.run.branch)
    if problem:
        raise GitHubFault(problem, code="branch_not_pushed")


async def _open_one(hub: GitHub, pull: PullRequest) -> Pull | None:
    """The open pull request of the branch within the repository itself, not of a fork's."""
    head = f"{hub.repo.owner}:{pull.branch}"
    answer = await hub.get("/pulls", state="open", head=head, base=pull.base, per_page=20)
    for told in listed(hub, answer.body):
        found = pull_of(hub, told)
        if found.branch == pull.branch and found.is_open:
            return found
    return None
