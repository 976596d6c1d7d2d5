"""What the API takes and gives of projects."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from loom_app.egress.hosts import LONGEST, MOST_HOSTS, checked_host
from loom_app.git.names import checked_branch, checked_pattern, checked_remote
from loom_app.kernel.actor import Actor
from loom_app.kernel.bodies import Body, Lenient, without
from loom_app.kernel.moments import Moment
from loom_app.kernel.storable import Context
from loom_app.projects.models import PROTECTED, BeadsSync, GitStrategy, MergeMethod, Project, ProjectStatus

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")
]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
Branch = Annotated[str, AfterValidator(checked_branch)]
Remote = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), AfterValidator(checked_remote)]


def _inside(folder: str) -> str:
    if ".." in folder.split("/"):
        raise ValueError("must stay inside the repository, without '..'")
    return folder


def _each_once(roles: list[str]) -> list[str]:
    if len(set(roles)) < len(roles):
        raise ValueError("names a role twice")
    return roles


def _once(hosts: list[str]) -> list[str]:
    return list(dict.fromkeys(hosts))


Folder = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[^/\x00-\x1f][^\x00-\x1f]*$"), AfterValidator(_inside)
]
Pattern = Annotated[str, AfterValidator(checked_pattern)]
Patterns = Annotated[
    list[Pattern],
    Field(max_length=50, description="Branches agents never push to; * stands for anything, as in release/*."),
]
Host = Annotated[str, StringConstraints(max_length=LONGEST + 40), AfterValidator(checked_host)]
Hosts = Annotated[
    list[Host],
    Field(
        max_length=MOST_HOSTS,
        description="Hosts that commands of runs reach, as in pypi.org:443 or *.npmjs.org; the port is 443 where it is "
        "left out. None: commands have no network.",
    ),
    AfterValidator(_once),
]
Column = Literal["open", "in_progress", "blocked", "done"]
Limit = Annotated[int, Field(ge=1, le=999)]
WipLimits = Annotated[
    dict[Column, Limit | None],
    Field(description="The most beads in a column. Columns that are left out stay as they are; null lifts a limit."),
]
Runs = Annotated[int, Field(ge=1, le=9_999, description="The most runs that may be on at once.")]
Role = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=64)]
RoleLimits = Annotated[
    dict[Role, Runs | None],
    Field(
        max_length=50,
        description="The most runs of a role at once. Roles that are left out stay as they are; null lifts a limit.",
    ),
]
Reviewer = Literal["code-reviewer", "qa-engineer"]
ReviewBy = Annotated[
    list[Reviewer],
    Field(max_length=2, description="The roles whose agents approve finished work before it lands, in that order."),
    AfterValidator(_each_once),
]
Command = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Ignored = Annotated[str, StringConstraints(max_length=200)]


class ProjectDraft(Body):
    """A project to be made. Without `git_repo` Loom makes and owns the repository."""

    id: Id | None = None
    name: Name
    git_repo: Remote = ""
    branch: Branch = "main"
    beads_path: Folder = ".beads"
    beads_sync: Annotated[BeadsSync, Lenient] | None = None
    """Left out, a bead file that the repository has already is followed with `push`."""
    bead_prefix: Prefix = "bd"
    git_strategy: Annotated[GitStrategy, Lenient] = GitStrategy.DIRECT
    merge_method: Annotated[MergeMethod, Lenient] = MergeMethod.SQUASH
    test_command: Command = ""
    review_by: ReviewBy = Field(default_factory=list)
    protected_branches: Patterns = Field(default_factory=lambda: list(PROTECTED))
    network_hosts: Hosts = Field(default_factory=list)
    is_perpetual: bool = False
    is_sticky: bool = False
    parent_id: Id | None = None
    due_date: Moment | None = None
    context: Context = Field(default_factory=dict)


class ProjectChange(Body):
    """What of a project is to change; what is left out stays. A whole ProjectView may be sent back.

    null empties `parent_id`, `due_date` and `max_runs` and leaves everything else as it is.
    """

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, ProjectDetail.model_fields.keys() - cls.model_fields.keys())

    name: Name | None = None
    git_repo: Remote | None = None
    branch: Branch | None = None
    beads_path: Folder | None = None
    beads_sync: Annotated[BeadsSync, Lenient] | None = None
    bead_prefix: Prefix | None = None
    git_strategy: Annotated[GitStrategy, Lenient] | None = None
    merge_method: Annotated[MergeMethod, Lenient] | None = None
    test_command: Command | None = None
    review_by: ReviewBy | None = None
    protected_branches: Patterns | None = None
    network_hosts: Hosts | None = None
    status: Annotated[ProjectStatus, Lenient] | None = None
    is_perpetual: bool | None = None
    is_sticky: bool | None = None
    parent_id: Id | None = None
    due_date: Moment | None = None
    wip_limits: WipLimits | None = None
    max_runs: Runs | None = None
    """null leaves it to the settings."""
    role_limits: RoleLimits | None = None
    context: Context | None = None


class ProjectView(BaseModel):
    """A project as the API shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    git_repo: str
    branch: str
    beads_path: str
    beads_sync: str
    bead_prefix: str
    parent_id: str | None = Field(description="The project it is a part of; null also when you do not see that one.")
    status: str
    git_strategy: str
    merge_method: str
    test_command: str
    review_by: list[str]
    protected_branches: list[str]
    network_hosts: list[str]
    is_perpetual: bool
    is_sticky: bool
    is_demo: bool
    wip_limits: dict[str, int]
    max_runs: int | None
    role_limits: dict[str, int]
    work_dir: str
    last_commit_hash: str
    problem: str
    context: dict[str, Any]
    attributes: dict[str, Any]
    schema_version: str
    agents: list[str] = Field(default_factory=list)
    created_at: datetime
    updated_at: datetime
    due_date: datetime | None
    closed_at: datetime | None
    last_sync_at: datetime | None

    @classmethod
    def of(cls, project: Project, agents: list[str], actor: Actor) -> Self:
        """The view of a row and its agents, as `actor` may see it."""
        parent = project.parent_id if project.parent_id and actor.sees(project.parent_id) else None
        return cls.model_validate(project).model_copy(update={"agents": agents, "parent_id": parent})


class ProjectCommentDraft(Body):
    """Something to be said about a project."""

    comment: Said
    author_id: Ignored = ""
    """Taken from clients of the first Loom and left aside: the author is whoever is signed in."""


class ProjectCommentView(BaseModel):
    """Something said about a project."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    project_id: str
    author_id: str
    author: str = Field(description="The author's name at that time.")
    comment: str
    timestamp: datetime


class MilestoneBrief(BaseModel):
    """A milestone as its project shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    description: str
    type: str
    status: str
    due_date: datetime | None
    start_date: datetime | None
    completed_at: datetime | None


class ProjectDetail(ProjectView):
    """A project with what was said about it, the newest hundred, oldest first, and its milestones by due date."""

    bead_counts: dict[str, int] = Field(default_factory=dict, description="How many beads are in each status.")
    comments: list[ProjectCommentView] = Field(default_factory=list)
    milestones: list[MilestoneBrief] = Field(default_factory=list)
