"""What is asked of git."""

from typing import Literal

from pydantic import Field

from loom_app.actions import fields as f
from loom_app.actions.model import ActionModel


class GitStatus(ActionModel):
    """Shows which files have changed since the last commit."""

    effect = "read"
    example = {}
    type: Literal["git_status"] = "git_status"


class GitDiff(ActionModel):
    """Shows the changes since the last commit."""

    effect = "read"
    example = {}
    type: Literal["git_diff"] = "git_diff"


class GitCommit(ActionModel):
    """Commits the changes: all of them, or the files named."""

    keyed = True
    example = {"commit_message": "Add the total to the invoice"}
    type: Literal["git_commit"] = "git_commit"
    commit_message: f.Question = Field(validation_alias=f.also("commit_message", "message"))
    files: f.Paths = Field([], validation_alias=f.also("files", "paths"))


KINDS: tuple[type[ActionModel], ...] = (GitStatus, GitDiff, GitCommit)
"""In the order models are told of them."""
