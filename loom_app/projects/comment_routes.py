"""REST of what is said about a project."""

from fastapi import APIRouter, Request, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.rest import Page, ReadTx, WriteTx
from loom_app.projects import comments, service
from loom_app.projects.schemas import ProjectCommentDraft, ProjectCommentView

router = APIRouter(prefix="/{project_id}/comments")


@router.get("", dependencies=[requires("projects:read")], name="project_comments")
async def listed(
    project_id: str, tx: ReadTx, page: Page, request: Request, response: Response, actor: CurrentActor
) -> list[ProjectCommentView]:
    """What was said about the project, oldest first."""
    await service.get(tx, project_id, actor=actor)
    rows, total = await comments.page(tx, project_id, page.limit, page.offset)
    page.announce(request, response, total)
    return [ProjectCommentView.model_validate(row) for row in rows]


@router.post("", status_code=201, dependencies=[requires("projects:write")], name="comment_on_project")
async def add(project_id: str, said: ProjectCommentDraft, tx: WriteTx, actor: CurrentActor) -> ProjectCommentView:
    """Says something about the project."""
    await service.get(tx, project_id, actor=actor)
    return ProjectCommentView.model_validate(await comments.add(tx, project_id, said.comment, actor=actor))
