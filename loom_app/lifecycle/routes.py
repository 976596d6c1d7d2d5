"""REST of the life of a project."""

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import team
from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.actor import Actor
from loom_app.kernel.rest import AppSettings, ReadTx, WriteTx
from loom_app.lifecycle import founding, service
from loom_app.lifecycle.schemas import Assignment, Closing, DecisionRequired, StateView
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.projects.schemas import ProjectDraft, ProjectView

of_one = APIRouter(prefix="/{project_id}")
router = APIRouter(prefix="/api/v1/projects", tags=["projects"])
ASKED: dict[int | str, dict[str, Any]] = {
    202: {"model": DecisionRequired, "description": "Work is left; people are asked whether to close all the same."}
}


@of_one.get("/state", dependencies=[requires("projects:read")])
async def state(project_id: str, tx: ReadTx, settings: AppSettings, actor: CurrentActor) -> StateView:
    """How the project stands: whether it can be closed, and whether agents can work in its repository."""
    return await service.state(tx, project_id, settings, actor=actor)


@of_one.post("/close", dependencies=[requires("projects:write")], responses=ASKED)
async def close(
    project_id: str, tx: WriteTx, actor: CurrentActor, response: Response, wanted: Closing | None = None
) -> ProjectView | DecisionRequired:
    """Ends the project. With work left it stays open until people have decided."""
    done = await service.close(tx, project_id, comment=wanted.comment if wanted else "", actor=actor)
    if done.question is None:
        return await _shown(tx, done.project, actor)
    response.status_code = 202
    return DecisionRequired(
        message=f"{done.question.question} Answer the decision {done.question.id}.",
        decision_id=done.question.id,
        decision_bead=done.question.id,
        open_beads=done.open_beads,
    )


@of_one.post("/reopen", dependencies=[requires("projects:write")])
async def reopen(project_id: str, tx: WriteTx, actor: CurrentActor, wanted: Closing | None = None) -> ProjectView:
    """Lets work in a closed project go on."""
    comment = wanted.comment if wanted else ""
    return await _shown(tx, await service.reopen(tx, project_id, comment=comment, actor=actor), actor)


@of_one.post("/agents", dependencies=[requires("projects:write")])
async def agents(project_id: str, wanted: Assignment, tx: WriteTx, actor: CurrentActor) -> ProjectView:
    """Has an agent work for this project, or ends its work for it."""
    project = await projects.get(tx, project_id, actor=actor)
    change = team.assign if wanted.action == "assign" else team.unassign
    await change(tx, wanted.agent_id, project_id, actor=actor)
    return await _shown(tx, project, actor)


@router.post("", status_code=201, dependencies=[requires("projects:write")])
async def create(draft: ProjectDraft, tx: WriteTx, settings: AppSettings, actor: CurrentActor) -> ProjectView:
    """Makes a project with the team it begins with, and you its owner."""
    return await _shown(tx, await founding.found(tx, draft, settings=settings, actor=actor), actor)


router.include_router(of_one)


async def _shown(tx: AsyncSession, project: Project, actor: Actor) -> ProjectView:
    await tx.flush()
    return ProjectView.of(project, await projects.agents_of(tx, project.id), actor.seeing(project.id))
