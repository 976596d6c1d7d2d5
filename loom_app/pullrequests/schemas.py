"""What the API takes and gives of pull requests. No answer holds a token."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from loom_app.kernel.rest import Body, Shown

Token = Annotated[str, StringConstraints(min_length=1, max_length=1_000, pattern=r"^[\x21-\x7e]+$")]


class TokenDraft(Body):
    """A token for the API of the GitHub that the project's repository is on, sent there alone."""

    token: Token = Field(repr=False, description="Fine-grained: Contents and Pull requests, read and write.")


class GitHubView(Shown):
    """How a project makes pull requests.

    `ready` says whether it does; `message` how, or why not. `token_from` is where the token comes from: `token` for one
    of its own, `git-login` for the one it reaches its repository by, or `none`.
    """

    project_id: str
    ready: bool
    code: str
    message: str
    repository: str
    api_url: str
    merge_method: str
    token_from: str
    set_by: str
    set_at: datetime | None


class FoundView(Shown):
    """What a look at GitHub came to; `code` is empty when all is well."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    code: str
    message: str
    may_push: bool | None
    merge_methods: list[str]


class PullRequestView(Shown):
    """A pull request: `wanted`, `open`, `merged` or `closed`.

    `checks` are `passed`, `pending`, `failed` or empty, `approval` is `approved`, `changes_requested` or empty, and
    `mergeable` GitHub's word for whether it can be merged, such as clean, blocked or dirty. `problem` says why it does
    not go on at present; `look_at` is when GitHub is asked next, null when it is not.
    """

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    id: str
    project_id: str
    bead_id: str
    run_id: str
    repository: str
    branch: str
    base: str
    number: int | None
    url: str
    title: str
    status: str
    head: str
    mergeable: str
    checks: str
    approval: str
    problem: str
    problem_code: str
    failures: int
    look_at: datetime | None
    merge_commit: str
    ended_by: str
    created_at: datetime
    changed_at: datetime
    opened_at: datetime | None
    ended_at: datetime | None
