"""The actions on git: what has changed, what others did, and commits of the run's own."""

from collections.abc import Mapping
from typing import Any

from loom_app.actions.clipping import clip, printable
from loom_app.actions.context import ActionContext, CommitInfo
from loom_app.actions.kinds.git import (
    GitBeadCommits,
    GitCheckout,
    GitCommit,
    GitDiff,
    GitDiffBranches,
    GitFetch,
    GitListBranches,
    GitLog,
    GitMerge,
    GitRevert,
    GitStatus,
)
from loom_app.actions.model import ActionModel
from loom_app.actions.results import ActionResult, executed


async def git_status(action: GitStatus, context: ActionContext) -> ActionResult:
    """Which files have changed since the last commit."""
    return _said(action, "status retrieved", await context.repository.git_status(), context)


async def git_diff(action: GitDiff, context: ActionContext) -> ActionResult:
    """What has changed since the last commit."""
    return _said(action, "diff retrieved", await context.repository.git_diff(), context)


async def git_log(action: GitLog, context: ActionContext) -> ActionResult:
    """The newest commits of a branch."""
    said = await context.repository.git_log(action.branch, action.max_count)
    return _said(action, "log retrieved", said, context)


async def git_list_branches(action: GitListBranches, context: ActionContext) -> ActionResult:
    """The branches of the repository."""
    return _said(action, "branches listed", await context.repository.git_branches(), context)


async def git_diff_branches(action: GitDiffBranches, context: ActionContext) -> ActionResult:
    """What one branch has changed since it parted from another."""
    said = await context.repository.git_diff_branches(action.source_branch, action.target_branch)
    branches = {"source_branch": action.source_branch, "target_branch": action.target_branch}
    return _said(action, "branch diff retrieved", said, context, **branches)


async def git_bead_commits(action: GitBeadCommits, context: ActionContext) -> ActionResult:
    """The commits of a work item."""
    bead_id = action.bead_id or context.bead_id
    said = await context.repository.git_bead_commits(bead_id)
    return _said(action, "bead commits retrieved", said, context, bead_id=bead_id)


async def git_fetch(action: GitFetch, context: ActionContext) -> ActionResult:
    """Brings the repository up to date; the run's branch stays as it is."""
    return _said(action, "fetch completed", await context.repository.fetch(), context)


async def git_commit(action: GitCommit, context: ActionContext) -> ActionResult:
    """Commits all changes, or the files named."""
    made = await context.repository.commit(action.commit_message, action.files, context.key)
    return _made(action, "commit created", made, commit_message=action.commit_message)


async def git_merge(action: GitMerge, context: ActionContext) -> ActionResult:
    """Takes the commits of another branch into the run's own."""
    source = action.source_branch
    made = await context.repository.merge(source, action.commit_message, context.key, no_ff=action.no_ff)
    if made is None:
        return executed(action, f"Your branch has all of {source} already; nothing was to be merged.", source=source)
    return _made(action, "branch merged", made, commit_message=made.subject, source=source)


async def git_revert(action: GitRevert, context: ActionContext) -> ActionResult:
    """Takes back what commits of the run's branch changed."""
    made = await context.repository.revert(action.all_of_them, action.reason, context.key)
    return _made(action, "commits reverted", made, commit_message=made.subject, reverted=action.all_of_them)


async def git_checkout(action: GitCheckout, context: ActionContext) -> ActionResult:
    """Puts files back as they are elsewhere."""
    taken = await context.repository.take_files(action.branch, action.files)
    return executed(action, f"files taken from {action.branch}", branch=action.branch, files=taken)


def _said(action: ActionModel, message: str, said: str, context: ActionContext, **more: Any) -> ActionResult:
    return executed(action, message, output=clip(printable(said), context.limits.kept_characters), **more)


def _made(action: ActionModel, message: str, made: CommitInfo, **more: Any) -> ActionResult:
    files = list(made.files_changed)
    return executed(action, message, commit=made.sha, branch=made.branch, files=files, **more)


HANDLERS: Mapping[str, Any] = {
    "git_status": git_status,
    "git_diff": git_diff,
    "git_log": git_log,
    "git_list_branches": git_list_branches,
    "git_diff_branches": git_diff_branches,
    "git_bead_commits": git_bead_commits,
    "git_fetch": git_fetch,
    "git_commit": git_commit,
    "git_merge": git_merge,
    "git_revert": git_revert,
    "git_checkout": git_checkout,
}
