"""The tables of pull requests and of the tokens they are made with."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime
from loom_app.kernel.sealed import sealed

TOKEN_PURPOSE = "github-token"  # noqa: S105 - a word


class PullStatus(StrEnum):
    """How far a pull request is: to be opened, open, merged, or closed without being merged."""

    WANTED = "wanted"
    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


TRANSITIONS: dict[PullStatus, frozenset[PullStatus]] = {
    PullStatus.WANTED: frozenset({PullStatus.OPEN, PullStatus.CLOSED}),
    PullStatus.OPEN: frozenset({PullStatus.MERGED, PullStatus.CLOSED}),
    PullStatus.MERGED: frozenset(),
    PullStatus.CLOSED: frozenset(),
}


class PullRequest(SQLModel, table=True):
    """One pull request of a branch of a run, which later runs of the same bead go on with. One at a time lives."""

    __tablename__ = "pull_requests"
    __table_args__ = (
        Index(
            "ux_pull_requests_live",
            "project_id",
            "branch",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_pull_requests_due", "look_at"),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE", index=True)
    bead_id: str = Field(foreign_key="beads.id", ondelete="CASCADE", index=True)
    run_id: str = Field(foreign_key="runs.id", ondelete="CASCADE", index=True)
    """The run whose work it holds now."""
    described: str = ""
    """The run that its title and text on GitHub tell of."""
    repository: str
    """The site with owner and name, such as github.com/acme/shop."""
    branch: str
    base: str
    number: int | None = None
    url: str = ""
    title: str = ""
    status: str = PullStatus.WANTED
    head: str = ""
    """The commit at its end, as GitHub has it."""
    mergeable: str = ""
    """GitHub's word for whether it can be merged, such as clean, blocked or dirty; empty while it is not known."""
    checks: str = ""
    """`passed`, `pending` or `failed`; empty without any."""
    approval: str = ""
    """`approved` or `changes_requested`; empty while nobody has said so."""
    opinions: dict[str, str] = Field(default_factory=dict, sa_type=JsonValue)
    """The last verdict of each reviewer on GitHub."""
    heard: int = Field(default=0, sa_type=BigInteger)
    """The newest review that was taken to the agent, by GitHub's number."""
    review_page: int = 1
    talk_heard: int = Field(default=0, sa_type=BigInteger)
    """The newest comment outside reviews that was taken to the agent, by GitHub's number."""
    talk_page: int = 1
    etags: dict[str, str] = Field(default_factory=dict, sa_type=JsonValue)
    problem: str = ""
    """Why what is wanted of it does not go on at present, in a sentence; empty while it does."""
    problem_code: str = ""
    failures: int = 0
    look_at: datetime | None = Field(default_factory=now, sa_type=UtcDateTime)
    """When GitHub is asked again; None once it is over or was tried in vain too often."""
    merge_commit: str = ""
    ended_by: str = ""
    """Who merged or closed it on GitHub."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    changed_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def called(self) -> str:
        """How sentences name it."""
        return f"pull request #{self.number}" if self.number else "the pull request"


class GitHubToken(SQLModel, table=True):
    """A project's token for GitHub's API, sent to `site` alone."""

    __tablename__ = "github_tokens"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    site: str
    token_sealed: str = Field(repr=False, sa_column_kwargs=sealed(TOKEN_PURPOSE, "{project_id}"))
    set_by: str = ""
    set_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
