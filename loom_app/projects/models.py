"""The tables of projects and of what is said about them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class ProjectStatus(StrEnum):
    """Whether work goes on."""

    OPEN = "open"
    CLOSED = "closed"
    REOPENED = "reopened"


class GitStrategy(StrEnum):
    """`direct` lands finished work on the project's branch; `branch-pr` leaves it on its own branch for review.

    On GitHub that is a pull request, where the project has a token for it.
    """

    DIRECT = "direct"
    BRANCH_PR = "branch-pr"


class MergeMethod(StrEnum):
    """How GitHub merges a pull request."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


class BeadsSync(StrEnum):
    """What Loom does with the bead file of a project's repository; each does what the one before it does, too.

    `off` nothing, `read` takes changes in, `write` puts changes into the file and leaves the commit to people,
    `commit` commits them for the next delivery, `push` commits and delivers at once.
    """

    OFF = "off"
    READ = "read"
    WRITE = "write"
    COMMIT = "commit"
    PUSH = "push"


PROTECTED = ("main", "master", "production", "release/*", "hotfix/*")


CAME_ALONG = "came_along"
"""The attribute of agents that a project begins with; they go with it as well."""


class Project(SQLModel, table=True):
    """A repository, its beads and its team. An empty `git_repo` means Loom owns the only copy, in `work_dir`."""

    __tablename__ = "projects"

    id: str = Field(primary_key=True)
    name: str
    git_repo: str = ""
    branch: str = "main"
    beads_path: str = ".beads"
    beads_sync: str = BeadsSync.OFF
    beads_sync_chosen: bool = True
    """Off until Loom has looked whether the repository has a bead file, which then is followed."""
    bead_prefix: str = "bd"
    parent_id: str | None = Field(default=None, index=True)
    """The project this one is a part of; it may have gone."""
    status: str = ProjectStatus.OPEN
    is_perpetual: bool = False
    is_sticky: bool = False
    is_demo: bool = False
    git_strategy: str = GitStrategy.DIRECT
    merge_method: str = MergeMethod.SQUASH
    test_command: str = ""
    review_by: list[str] = Field(default_factory=list, sa_type=JsonValue)
    """The roles whose agents approve finished work before it lands, in that order; none where it is empty."""
    protected_branches: list[str] = Field(default_factory=lambda: list(PROTECTED), sa_type=JsonValue)
    """Patterns of branches that agents never push to, besides the project's own."""
    network_hosts: list[str] = Field(default_factory=list, sa_type=JsonValue)
    """The hosts with their ports that commands of runs reach, as in *.npmjs.org:443; none where it is empty."""
    work_dir: str = ""
    last_commit_hash: str = ""
    wip_limits: dict[str, int] = Field(default_factory=dict, sa_type=JsonValue)
    """The most beads a column of the board may hold, by its status; a column that is not named holds any number."""
    max_runs: int | None = None
    """The most runs that may be on in the project at once; None leaves it to the settings."""
    role_limits: dict[str, int] = Field(default_factory=dict, sa_type=JsonValue)
    """The same for each role that is named."""
    problem: str = ""
    """Why work on the project's repository fails at present, in a sentence; empty while it does not."""
    branch_red: str = ""
    """What the tests say that fail on the project's branch itself; empty while none are known to."""
    context: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    attributes: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    schema_version: str = "1.0"
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    due_date: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_sync_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AllowedFinding(SQLModel, table=True):
    """Something that looks like a secret and that a person has found to be none; runs may commit it."""

    __tablename__ = "allowed_findings"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    fingerprint: str = Field(primary_key=True)
    reason: str = ""
    allowed_by: str
    allowed_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class CommandRule(SQLModel, table=True):
    """Commands whose first words fit `pattern` run in the project whatever their risk, or are refused."""

    __tablename__ = "command_rules"

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", index=True, ondelete="CASCADE")
    pattern: str
    allowed: bool
    roles: list[str] = Field(default_factory=list, sa_type=JsonValue)
    """Whom it holds for; everybody when it names none."""
    reason: str = ""
    set_by: str
    set_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class ProjectComment(SQLModel, table=True):
    """Something said about a project as a whole."""

    __tablename__ = "project_comments"

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", index=True, ondelete="CASCADE")
    author_id: str
    author: str
    comment: str
    timestamp: datetime = Field(default_factory=now, sa_type=UtcDateTime)
