"""REST of milestones."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.rest import ReadTx, WriteTx
from loom_app.milestones import service, views
from loom_app.milestones.schemas import MilestoneChange, MilestoneDraft, MilestoneView
from loom_app.projects import service as projects

router = APIRouter(prefix="/api/v1", tags=["milestones"])
looked_up("milestone_id", lambda tx, milestone_id, actor: service.get(tx, milestone_id, actor=actor))


@router.get("/projects/{project_id}/milestones", dependencies=[requires("projects:read")])
async def milestones(project_id: str, tx: ReadTx, actor: CurrentActor) -> list[MilestoneView]:
    """The project's milestones by due date, all of them; those without one last."""
    await projects.get(tx, project_id, actor=actor)
    return await views.listed(tx, project_id)


@router.post("/projects/{project_id}/milestones", status_code=201, dependencies=[requires("projects:write")])
async def create(project_id: str, draft: MilestoneDraft, tx: WriteTx, actor: CurrentActor) -> MilestoneView:
    """Makes a milestone."""
    return await views.shown(tx, await service.create(tx, project_id, draft, actor=actor))


@router.get("/milestones/{milestone_id}", dependencies=[requires("projects:read")])
async def milestone(milestone_id: str, tx: ReadTx, actor: CurrentActor) -> MilestoneView:
    """One milestone."""
    return await views.shown(tx, await service.get(tx, milestone_id, actor=actor))


@router.patch("/milestones/{milestone_id}", dependencies=[requires("projects:write")])
async def update(milestone_id: str, change: MilestoneChange, tx: WriteTx, actor: CurrentActor) -> MilestoneView:
    """Changes what the body names."""
    return await views.shown(tx, await service.update(tx, milestone_id, change, actor=actor))


@router.delete("/milestones/{milestone_id}", status_code=204, dependencies=[requires("projects:write")])
async def delete(milestone_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Removes a milestone; its beads stay."""
    await service.delete(tx, milestone_id, actor=actor)
