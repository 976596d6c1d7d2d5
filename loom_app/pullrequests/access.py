"""What a project makes its pull requests with: a token of its own, else the login it reaches its repository by."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.git.places import place_of
from loom_app.gitaccess import service as gitaccess
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.errors import Invalid, NotFound
from loom_app.projects.models import GitStrategy, Project
from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.faults import GitHubFault
from loom_app.pullrequests.models import TOKEN_PURPOSE, GitHubToken
from loom_app.pullrequests.sites import Repo, repo_of

WEB = ("https", "http")


class Source(StrEnum):
    """Where the token comes from."""

    NONE = "none"
    OWN = "token"
    LOGIN = "git-login"


@dataclass(frozen=True)
class Access:
    """A repository on GitHub and what to come with; without a token `source` is NONE."""

    repo: Repo
    token: str = field(default="", repr=False)
    source: Source = Source.NONE

    def opened(self) -> GitHub:
        """A client for the repository. Raises GitHubFault without a token."""
        if not self.token:
            raise GitHubFault(
                f"Loom has no token for {self.repo.site}, so no pull request is opened and approved work is merged by "
                "Loom itself. Save one for the project (github-token).",
                code="github_no_token",
                lasts=True,
            )
        return GitHub(self.repo, self.token)


@dataclass(frozen=True)
class Found:
    """What a look at GitHub came to; `code` is empty when pull requests can be made and merged as is set."""

    message: str
    code: str = ""
    may_push: bool | None = None
    merge_methods: tuple[str, ...] = ()


async def access_of(tx: AsyncSession, vault: Vault, settings: Settings, project: Project) -> Access:
    """How the project comes to GitHub. Raises Invalid where its repository is on none, SecretUnreadable."""
    repo = repo_of(settings, project.git_repo)
    own = await tx.get(GitHubToken, project.id)
    if own is not None and own.site == repo.site:
        return Access(repo, vault.unseal(own.token_sealed, purpose=TOKEN_PURPOSE, subject=project.id), Source.OWN)
    place = place_of(project.git_repo)
    if place.protocol in WEB:
        login = (await gitaccess.credentials(tx, vault, project.id, place)).login
        if login is not None and login.is_for(place):
            return Access(repo, login.secret, Source.LOGIN)
    return Access(repo)


async def goes_by_github(tx: AsyncSession, vault: Vault, settings: Settings, project: Project) -> bool:
    """Whether the project's changes are merged on GitHub: its strategy wants that, and it has a token for it.

    So they are where the token does not open: then merging waits until that is mended.
    """
    if project.git_strategy != GitStrategy.BRANCH_PR:
        return False
    try:
        return (await access_of(tx, vault, settings, project)).source != Source.NONE
    except Invalid:
        return False
    except SecretUnreadable:
        return True


async def token(tx: AsyncSession, project_id: str) -> GitHubToken | None:
    """The project's own token, sealed."""
    return await tx.get(GitHubToken, project_id)


async def set_token(
    tx: AsyncSession, vault: Vault, settings: Settings, project: Project, text: str, *, actor: Actor
) -> GitHubToken:
    """Keeps a token for the GitHub the project's repository is on. Raises Invalid where that is on none."""
    site = repo_of(settings, project.git_repo).site
    sealed = vault.seal(text, purpose=TOKEN_PURPOSE, subject=project.id)
    row = await tx.get(GitHubToken, project.id) or GitHubToken(project_id=project.id, site=site, token_sealed=sealed)
    row.site, row.token_sealed, row.set_by, row.set_at = site, sealed, actor.name, now()
    tx.add(row)
    _append(tx, "project.github_token_set", project.id, actor, {"site": site})
    return row


async def drop_token(tx: AsyncSession, project_id: str, *, actor: Actor) -> None:
    """Forgets the token. Raises NotFound where there is none."""
    row = await tx.get(GitHubToken, project_id)
    if row is None:
        raise NotFound(f"The project {project_id} has no token for GitHub.", code="github_token_not_found")
    await tx.delete(row)
    _append(tx, "project.github_token_dropped", project_id, actor, {"site": row.site})


async def tried(access: Access, project: Project) -> Found:
    """Asks GitHub for the repository, and whether what the project wants of it can be done."""
    try:
        async with access.opened() as hub:
            told = (await hub.get("")).body
    except GitHubFault as fault:
        return Found(fault.message, fault.code)
    return _judged(access.repo, project, told if isinstance(told, dict) else {})


def _judged(repo: Repo, project: Project, told: dict[str, Any]) -> Found:
    rights = told.get("permissions")
    may_push = rights.get("push") if isinstance(rights, dict) and isinstance(rights.get("push"), bool) else None
    methods = tuple(
        method for method, name in (
            ("merge", "allow_merge_commit"), ("squash", "allow_squash_merge"), ("rebase", "allow_rebase_merge")
        ) if told.get(name, True)
    )  # fmt: skip
    if told.get("archived"):
        return Found(f"{repo.shown} is archived, so nothing can be merged there.", "github_archived", False, methods)
    if may_push is False:
        return Found(
            f"{repo.shown} can be read, but the token may not write there: give it Contents and Pull requests, read "
            "and write.",
            "github_forbidden", False, methods,
        )  # fmt: skip
    if project.merge_method not in methods:
        return Found(
            f"{repo.shown} does not allow the merge method {project.merge_method!r}. It allows: {', '.join(methods)}.",
            "github_method_refused", may_push, methods,
        )  # fmt: skip
    return Found(f"{repo.shown} can be reached, and pull requests are merged there.", "", may_push, methods)


def _append(tx: AsyncSession, type_: str, project_id: str, actor: Actor, data: dict[str, str]) -> None:
    append(tx, type_, actor=actor, project_id=project_id, subject_id=project_id, data=data)
