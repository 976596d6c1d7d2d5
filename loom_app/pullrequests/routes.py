"""REST of pull requests and of the tokens they are made with."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.rest import AppDatabase, AppSettings, AppVault, Page, ReadTx, WriteTx
from loom_app.projects import service as projects
from loom_app.pullrequests import access, repository, service
from loom_app.pullrequests.access import access_of
from loom_app.pullrequests.models import PullStatus
from loom_app.pullrequests.schemas import FoundView, GitHubView, PullRequestView, TokenDraft

router = APIRouter(prefix="/api/v1", tags=["pull requests"])
looked_up("pull_request_id", lambda tx, pull_id, actor: service.get(tx, pull_id, actor=actor))


@router.get("/pull-requests", dependencies=[requires("beads:read")])
async def pull_requests(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    run_id: Annotated[str | None, Query(description="The one of the branch this run worked on, and no other.")] = None,
    bead_id: str | None = None,
    project_id: str | None = None,
    status: PullStatus | None = None,
) -> list[PullRequestView]:
    """The pull requests you see, newest first."""
    if run_id is not None:
        rows = await service.of_run(tx, run_id, actor=actor)
        total = len(rows)
    else:
        wanted = {"bead_id": bead_id, "project_id": project_id, "status": status}
        rows, total = await repository.page(tx, actor, limit=page.limit, offset=page.offset, **wanted)
    page.announce(request, response, total)
    return [PullRequestView.model_validate(row) for row in rows]


@router.get("/pull-requests/{pull_request_id}", dependencies=[requires("beads:read")])
async def pull_request(pull_request_id: str, tx: ReadTx, actor: CurrentActor) -> PullRequestView:
    """One pull request."""
    return PullRequestView.model_validate(await service.get(tx, pull_request_id, actor=actor))


@router.post("/pull-requests/{pull_request_id}/look", status_code=202, dependencies=[requires("beads:write")])
async def look(pull_request_id: str, tx: WriteTx, actor: CurrentActor) -> PullRequestView:
    """Has Loom open it, follow it or merge it now, without waiting for the next look; also after it gave up."""
    return PullRequestView.model_validate(await service.look(tx, pull_request_id, actor=actor))


@router.get("/projects/{project_id}/github", dependencies=[requires("projects:read")])
async def github(
    project_id: str, tx: ReadTx, vault: AppVault, settings: AppSettings, actor: CurrentActor
) -> GitHubView:
    """Whether the project's finished work becomes pull requests, how, or why not."""
    return await service.github(tx, vault, settings, await projects.get(tx, project_id, actor=actor))


@router.put("/projects/{project_id}/github-token", dependencies=[requires("projects:write")])
async def set_token(
    project_id: str, wanted: TokenDraft, tx: WriteTx, vault: AppVault, settings: AppSettings, actor: CurrentActor
) -> GitHubView:
    """Keeps a token for GitHub's API, sealed; it is sent to that GitHub alone and never shown again."""
    project = await projects.get(tx, project_id, actor=actor)
    await access.set_token(tx, vault, settings, project, wanted.token, actor=actor)
    await tx.flush()
    return await service.github(tx, vault, settings, project)


@router.delete("/projects/{project_id}/github-token", status_code=204, dependencies=[requires("projects:write")])
async def drop_token(project_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Forgets the token."""
    await projects.get(tx, project_id, actor=actor)
    await access.drop_token(tx, project_id, actor=actor)


@router.post("/projects/{project_id}/github-check", dependencies=[requires("projects:write")])
async def check(
    project_id: str, db: AppDatabase, vault: AppVault, settings: AppSettings, actor: CurrentActor
) -> FoundView:
    """Asks GitHub for the repository: whether the token is taken, may write, and the merge method is allowed."""
    async with db.read() as tx:
        project = await projects.get(tx, project_id, actor=actor)
        found = await access_of(tx, vault, settings, project)
    return FoundView.model_validate(await access.tried(found, project))
