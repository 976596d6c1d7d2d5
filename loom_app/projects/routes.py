"""REST of projects."""

from fastapi import APIRouter, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.rest import Page, ReadTx, WriteTx
from loom_app.projects import (
    command_rule_routes,
    comment_routes,
    comments,
    finding_routes,
    member_routes,
    repository,
    service,
)
from loom_app.projects.schemas import (
    MilestoneBrief,
    ProjectChange,
    ProjectCommentView,
    ProjectDetail,
    ProjectView,
)

router = APIRouter(prefix="/api/v1/projects", tags=["projects"])
router.include_router(member_routes.router)
router.include_router(comment_routes.router)
router.include_router(finding_routes.router)
router.include_router(command_rule_routes.router)
NEWEST = 100
"""How many comments a project shows of itself."""
looked_up("project_id", lambda tx, project_id, actor: service.get(tx, project_id, actor=actor))


@router.get("", dependencies=[requires("projects:read")])
async def projects(
    tx: ReadTx, page: Page, request: Request, response: Response, actor: CurrentActor
) -> list[ProjectView]:
    """The projects you see, by name."""
    rows, total = await repository.page(tx, actor, page.limit, page.offset)
    page.announce(request, response, total)
    agents = await repository.agents_by_project(tx)
    return [ProjectView.of(row, agents.get(row.id, []), actor) for row in rows]


@router.get("/{project_id}", dependencies=[requires("projects:read")])
async def project(project_id: str, tx: ReadTx, actor: CurrentActor) -> ProjectDetail:
    """One project."""
    row = await service.get(tx, project_id, actor=actor)
    shown = ProjectDetail.of(row, (await repository.agents_by_project(tx)).get(project_id, []), actor)
    shown.bead_counts = await repository.bead_counts(tx, project_id)
    older = max(0, await comments.count(tx, project_id) - NEWEST)
    said, _ = await comments.page(tx, project_id, NEWEST, older)
    shown.comments = [ProjectCommentView.model_validate(one) for one in said]
    shown.milestones = [MilestoneBrief.model_validate(one) for one in await repository.milestones(tx, project_id)]
    return shown


@router.patch("/{project_id}", dependencies=[requires("projects:write")], name="change_project")
@router.put("/{project_id}", dependencies=[requires("projects:write")])
async def update(project_id: str, change: ProjectChange, tx: WriteTx, actor: CurrentActor) -> ProjectView:
    """Changes what the body names."""
    row = await service.update(tx, project_id, change, actor=actor)
    return ProjectView.of(row, (await repository.agents_by_project(tx)).get(project_id, []), actor)
