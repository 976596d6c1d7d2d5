"""The actions on git: status, diff, commit."""

from collections.abc import Mapping
from typing import Any

from loom_app.actions.clipping import clip
from loom_app.actions.context import ActionContext
from loom_app.actions.kinds.git import GitCommit, GitDiff, GitStatus
from loom_app.actions.results import ActionResult, executed


async def git_status(action: GitStatus, context: ActionContext) -> ActionResult:
    """Which files have changed since the last commit."""
    said = await context.repository.git_status()
    return executed(action, "status retrieved", output=clip(said, context.limits.kept_characters))


async def git_diff(action: GitDiff, context: ActionContext) -> ActionResult:
    """What has changed since the last commit."""
    said = await context.repository.git_diff()
    return executed(action, "diff retrieved", output=clip(said, context.limits.kept_characters))


async def git_commit(action: GitCommit, context: ActionContext) -> ActionResult:
    """Commits all changes, or the files named."""
    made = await context.repository.commit(action.commit_message, action.files, context.key)
    return executed(
        action,
        "commit created",
        commit=made.sha,
        commit_message=action.commit_message,
        branch=made.branch,
        files=list(made.files_changed),
    )


HANDLERS: Mapping[str, Any] = {"git_status": git_status, "git_diff": git_diff, "git_commit": git_commit}
