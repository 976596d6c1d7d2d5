"""Merging an approved pull request: tested in the project's queue, then merged by GitHub by the project's method."""

from typing import Any

from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.projects.models import MergeMethod
from loom_app.pullrequests import repository
from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.faults import GitHubFault, garbage
from loom_app.pullrequests.following import end_merged
from loom_app.pullrequests.models import PullRequest
from loom_app.pullrequests.reading import commit_of
from loom_app.reviews import service as reviews
from loom_app.reviews.merging import PLACE, passes
from loom_app.runs.models import Run
from loom_app.runs.workplace import Job, finished_job_of, worktree_of

LONGEST_MESSAGE = 20_000


HELD = {
    "blocked": "GitHub wants a required review or check first ({facts}). See to that there; it is merged then",
    "behind": "the repository wants its branch brought up to date first. Press “Update branch” there",
    "draft": "it is a draft there. Mark it ready for review; it is merged then",
}


async def merge(db: Database, settings: Settings, hub: GitHub, pull_id: str) -> str:
    """Merges it where its run is approved. Answers what GitHub wants before that, in a sentence, or "".

    A conflict or failing tests send the bead back to the agent. Raises GitHubFault.
    """
    approved = await _approved(db, pull_id)
    if approved is None:
        return ""
    row, job = approved
    if row.mergeable in HELD:
        facts = f"checks {row.checks or 'unknown'}, reviews {row.approval.replace('_', ' ') or 'none'}"
        return f"{row.called.capitalize()}: {HELD[row.mergeable].format(facts=facts)}."
    if row.head != job.run.commit_hash:
        raise GitHubFault(
            f"{row.called.capitalize()} stands at {row.head[:12]} on {hub.repo.site}, not at the commit that was "
            f"approved, {job.run.commit_hash[:12]}; nothing is merged until somebody has looked at that.",
            code="github_head_moved",
        )
    tree = worktree_of(db, job, settings, PLACE)
    async with tree.checkout.turn():
        if await _approved(db, pull_id) is None or not await passes(db, settings, job, tree):
            return ""
        message = await tree.checkout.message_of(job.run.commit_hash)
        told = await hub.send("PUT", f"/pulls/{row.number}/merge", _wanted(job, row, message))
    commit = commit_of(told.get("sha")) if isinstance(told, dict) and told.get("merged") else ""
    if not commit:
        raise garbage(hub.repo, "neither a merge nor a refusal")
    await end_merged(db, row, commit, "Loom")
    return ""


def _wanted(job: Job, row: PullRequest, message: str) -> dict[str, Any]:
    """What GitHub is asked for. A squashed commit is Loom's own and tells its run, by which it can be taken back."""
    wanted: dict[str, Any] = {"sha": job.run.commit_hash, "merge_method": job.project.merge_method}
    if job.project.merge_method == MergeMethod.SQUASH:
        subject, _, rest = message.strip().partition("\n")
        wanted |= {"commit_title": f"{subject[:200]} (#{row.number})", "commit_message": rest.strip()[:LONGEST_MESSAGE]}
    return wanted


async def _approved(db: Database, pull_id: str) -> tuple[PullRequest, Job] | None:
    """The pull request and its job, where its work is to be merged as it stands."""
    async with db.read() as tx:
        row = await repository.get(tx, pull_id)
        if row is None or row.ended_at is not None:
            return None
        run = await tx.get_one(Run, row.run_id)
        if await reviews.approved_at(tx, row.run_id) is None or not await reviews.is_for_review(tx, run):
            return None
        return row, await finished_job_of(tx, row.run_id)
