"""REST of removing a project."""

from typing import Annotated

from fastapi import APIRouter, Query

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.rest import AppDatabase, AppSettings
from loom_app.projects.service import forget_files
from loom_app.removal import service

router = APIRouter(prefix="/api/v1/projects", tags=["projects"])
Everything = Annotated[bool, Query(description="Also its beads, runs, decisions and agents, for good.")]


@router.delete("/{project_id}", status_code=204, dependencies=[requires("projects:delete")])
async def delete(
    project_id: str, db: AppDatabase, settings: AppSettings, actor: CurrentActor, everything: Everything = False
) -> None:
    """Removes a project and Loom's copy of its repository; one with work left only with `everything`."""
    async with db.write() as tx:
        await service.remove(tx, project_id, everything=everything, actor=actor)
    forget_files(settings, project_id)
