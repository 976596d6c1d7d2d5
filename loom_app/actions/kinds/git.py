"""What is asked of git."""

from typing import Literal, Self

from pydantic import Field, model_validator

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


class GitLog(ActionModel):
    """Shows the newest commits of a branch, by default of your own."""

    effect = "read"
    example = {}
    type: Literal["git_log"] = "git_log"
    branch: f.Word = ""
    max_count: f.Commits = Field(20, validation_alias=f.also("max_count", "limit", "n"))


class GitListBranches(ActionModel):
    """Lists the branches of the repository."""

    effect = "read"
    example = {}
    type: Literal["git_list_branches"] = "git_list_branches"


class GitDiffBranches(ActionModel):
    """Shows what source_branch has changed since it parted from target_branch."""

    effect = "read"
    example = {"source_branch": "HEAD", "target_branch": "main"}
    type: Literal["git_diff_branches"] = "git_diff_branches"
    source_branch: f.Word = Field(validation_alias=f.also("source_branch", "source"), description="HEAD: your own")
    target_branch: f.Word = Field(validation_alias=f.also("target_branch", "target"))


class GitBeadCommits(ActionModel):
    """Shows the commits made for a work item, by default the present one."""

    effect = "read"
    example = {}
    type: Literal["git_bead_commits"] = "git_bead_commits"
    bead_id: f.Word | None = Field(None, validation_alias=f.also("bead_id", "id"))


class GitFetch(ActionModel):
    """Fetches what others did at the origin, and says what of it your branch lacks."""

    effect = "idempotent"
    example = {}
    type: Literal["git_fetch"] = "git_fetch"


class GitMerge(ActionModel):
    """Merges a branch into yours. On conflict nothing changes, and you are told the files."""

    keyed = True
    example = {"source_branch": "main"}
    type: Literal["git_merge"] = "git_merge"
    source_branch: f.Name = Field(validation_alias=f.also("source_branch", "branch", "source"))
    commit_message: f.Sentence = Field("", validation_alias=f.also("commit_message", "message"))
    no_ff: bool = False


class GitRevert(ActionModel):
    """Makes a commit that takes back what commits changed. On conflict nothing changes, and you are told the files."""

    keyed = True
    example = {"commit_sha": "4f2a9c1", "reason": "It broke the import"}
    type: Literal["git_revert"] = "git_revert"
    commit_sha: f.Word = Field("", validation_alias=f.also("commit_sha", "commit", "sha"))
    commit_shas: f.Words = Field([], validation_alias=f.also("commit_shas", "commits", "shas"))
    reason: f.Sentence = Field("", validation_alias=f.also("reason", "message"))

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.all_of_them:
            raise ValueError("needs commit_sha, or commit_shas for several; git_log shows them")
        return self

    @property
    def all_of_them(self) -> list[str]:
        """Every commit that is named, once."""
        return list(dict.fromkeys(sha for sha in (self.commit_sha, *self.commit_shas) if sha))


class GitCheckout(ActionModel):
    """Puts files back as they are on a branch or at a commit; you stay on your own branch."""

    effect = "idempotent"
    example = {"branch": "HEAD", "files": ["app.py"]}
    type: Literal["git_checkout"] = "git_checkout"
    branch: f.Word = Field("HEAD", validation_alias=f.also("branch", "commit", "ref"))
    files: f.Paths = Field([], validation_alias=f.also("files", "paths", "path"))

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.files:
            raise ValueError(
                "names no files, and your run stays on its own branch; git_diff_branches shows another branch, "
                "git_merge takes it into yours"
            )
        return self


KINDS: tuple[type[ActionModel], ...] = (
    GitStatus, GitDiff, GitCommit, GitLog, GitListBranches, GitDiffBranches, GitBeadCommits, GitFetch, GitMerge,
    GitRevert, GitCheckout,
)  # fmt: skip
"""In the order models are told of them."""
