"""Pull requests as people see them, and what they may have done about one."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.crypto import Vault
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.projects.models import GitStrategy, Project
from loom_app.pullrequests import repository
from loom_app.pullrequests.access import Source, access_of, token
from loom_app.pullrequests.models import PullRequest
from loom_app.pullrequests.schemas import GitHubView
from loom_app.runs import service as runs

ASKED = "pull_request.asked"


async def get(tx: AsyncSession, pull_id: str, *, actor: Actor = SYSTEM) -> PullRequest:
    """The pull request, if `actor` sees its project. Raises NotFound."""
    found = await repository.get(tx, pull_id)
    if found is None or not actor.sees(found.project_id):
        raise NotFound(
            f"There is no pull request {pull_id[:100]!r}. GET /api/v1/pull-requests lists them.",
            code="pull_request_not_found",
        )
    return found


async def of_run(tx: AsyncSession, run_id: str, *, actor: Actor) -> Sequence[PullRequest]:
    """The newest pull request of the run's branch, none or one. Raises NotFound."""
    run = await runs.get(tx, run_id, actor=actor)
    found = await repository.of_run(tx, run) if run.branch else None
    return [found] if found is not None else []


async def look(tx: AsyncSession, pull_id: str, *, actor: Actor) -> PullRequest:
    """Has GitHub asked now, as if that had never failed. Raises NotFound, and Conflict for one that is over."""
    found = await get(tx, pull_id, actor=actor)
    if found.ended_at is not None:
        raise Conflict(f"{found.called.capitalize()} is {found.status}; nothing of it changes.", code="pull_over")
    await repository.wake(tx, run_ids=[found.run_id])
    data = {"pull_request_id": found.id, "run_id": found.run_id, "number": found.number}
    append(tx, ASKED, actor=actor, project_id=found.project_id, subject_id=found.bead_id, data=data)
    await tx.flush()
    await tx.refresh(found)
    return found


async def github(tx: AsyncSession, vault: Vault, settings: Settings, project: Project) -> GitHubView:
    """How the project makes pull requests, from what is kept; asks nobody."""
    own = await token(tx, project.id)
    shown = {"project_id": project.id, "merge_method": project.merge_method}
    try:
        access = await access_of(tx, vault, settings, project)
    except Invalid as error:
        nothing = {"repository": "", "api_url": "", "token_from": Source.NONE, "set_by": "", "set_at": None}
        return GitHubView(**shown, ready=False, code=error.code, message=error.message, **nothing)
    code, message = _judged(project, access.source, access.repo.site)
    kept = own if access.source == Source.OWN else None
    return GitHubView(
        **shown, ready=not code, code=code, message=message, repository=access.repo.shown, api_url=access.repo.api,
        token_from=access.source, set_by=kept.set_by if kept else "", set_at=kept.set_at if kept else None,
    )  # fmt: skip


def _judged(project: Project, source: Source, site: str) -> tuple[str, str]:
    if project.git_strategy != GitStrategy.BRANCH_PR:
        return "strategy_direct", "Finished work lands on the branch at once. Choose branch-pr for pull requests."
    if source == Source.NONE:
        return "github_no_token", f"Loom has no token for {site}, so changes wait for review in Loom alone. Save one."
    return "", f"Finished work becomes a pull request on {site}; approving it here merges it there."
