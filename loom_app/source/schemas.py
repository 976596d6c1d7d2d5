"""What the API takes and gives of a project's repository."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from loom_app.kernel.bodies import Body
from loom_app.source.models import Patch, PatchStatus

Diff = Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)]
Message = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Person = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f<>]*$")]


class EntryView(BaseModel):
    """Something in the repository; `depth` is 1 directly below what was listed."""

    model_config = ConfigDict(from_attributes=True)

    path: str
    type: str = Field(description="file, directory, link or submodule.")
    depth: int
    size: int | None


class FileView(BaseModel):
    """A file as a commit has it."""

    path: str
    content: str | None = Field(description="null for a binary file.")
    size: int = Field(description="Bytes.")
    binary: bool
    commit: str


class HitView(BaseModel):
    """A line that was found, counted from 1."""

    model_config = ConfigDict(from_attributes=True)

    path: str
    line: int
    text: str


class PatchDraft(Body):
    """A unified diff, and what its commit is to say."""

    patch: Diff
    message: Message | None = None


class PatchView(BaseModel):
    """A patch and what became of it."""

    patch_id: str
    status: PatchStatus
    applied: bool = Field(description="Whether the repository has it.")
    output: str = Field(description="What came of it, or why it was refused or has not reached the origin.")
    code: str = Field(description="Why it was refused, as a machine word; else empty.")
    message: str
    commit: str
    branch: str
    files: list[str]
    delivered: bool = Field(description="Whether the origin has it; output says why not.")
    asker: str
    asked_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, row: Patch) -> "PatchView":
        """The view of `row`."""
        applied = row.status in (PatchStatus.LANDED, PatchStatus.ON_BRANCH)
        own = {name: getattr(row, name) for name in cls.model_fields if name not in ("patch_id", "applied", "commit")}
        return cls(patch_id=row.id, applied=applied, commit=row.commit_hash, **own)


class CommitView(BaseModel):
    """A commit; `bead_id`, `agent_id` and `run_id` are what its trailers name, null for none."""

    sha: str
    parents: list[str]
    author: str
    email: str
    authored_at: datetime
    committed_at: datetime
    subject: str
    body: str
    bead_id: str | None
    agent_id: str | None
    run_id: str | None


class ChangedView(BaseModel):
    """A file that a commit changes; null lines for a binary one."""

    model_config = ConfigDict(from_attributes=True)

    path: str
    added: int | None
    removed: int | None


class CommitDetail(CommitView):
    """A commit with its change against its first parent."""

    files: list[ChangedView]
    diff: str
    diff_cut: bool


class BranchView(BaseModel):
    """A branch against the project's."""

    name: str
    commit: str
    subject: str
    author: str
    committed_at: datetime
    ahead: int = Field(description="Commits it has that the project's branch lacks.")
    behind: int
    merged: bool = Field(description="Whether the project's branch has all of it.")
    is_default: bool
    here: bool = Field(description="Whether Loom's copy has it.")
    at_origin: bool
    bead_id: str | None
    run_id: str | None
    run_status: str | None
    in_use: bool = Field(description="Whether a run works on it now.")


class CommitDraft(Body):
    """A commit of what lies changed in Loom's copy."""

    message: Message
    author_name: Person = ""
    author_email: Person = ""


class GitDone(BaseModel):
    """That a command of git did its work."""

    success: bool = True
    project_id: str
    last_commit_hash: str
    last_sync_at: datetime | None
    message: str = Field(description="What was not quite right, such as an origin that does not answer; else empty.")


class GitStatus(BaseModel):
    """How Loom's copy of the repository stands."""

    project_id: str
    has_git: bool
    work_dir: str
    branch: str
    git_repo: str
    last_commit_hash: str
    last_sync_at: datetime | None
    git_auth_method: str
    changed: list[str] = Field(description="Files changed in Loom's copy and not committed, the first hundred.")
    undelivered: bool = Field(description="Whether the branch has commits that the origin lacks.")
