"""REST of git itself: a project's copy fetched, committed, delivered, looked at."""

from typing import Annotated

from fastapi import APIRouter, Query

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.rest import AppDatabase, AppSettings
from loom_app.source import git_service as service
from loom_app.source.schemas import CommitDraft, GitDone, GitStatus

router = APIRouter(prefix="/api/v1/projects/git", tags=["git"])
Wanted = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


@router.post("/sync", dependencies=[requires("projects:write")])
async def sync(project_id: Wanted, db: AppDatabase, actor: CurrentActor) -> GitDone:
    """Makes Loom's copy, or takes over what people pushed since."""
    return await service.sync(db, project_id, actor=actor)


@router.post("/commit", dependencies=[requires("projects:write")])
async def commit(
    project_id: Wanted, wanted: CommitDraft, db: AppDatabase, settings: AppSettings, actor: CurrentActor
) -> GitDone:
    """Commits what lies changed in Loom's copy."""
    return await service.commit(db, settings, project_id, wanted, actor=actor)


@router.post("/push", dependencies=[requires("projects:write")])
async def push(project_id: Wanted, db: AppDatabase, actor: CurrentActor) -> GitDone:
    """Takes the project's branch to where the repository came from."""
    return await service.push(db, project_id, actor=actor)


@router.get("/status", dependencies=[requires("projects:read")])
async def status(project_id: Wanted, db: AppDatabase, actor: CurrentActor) -> GitStatus:
    """How Loom's copy stands."""
    return await service.status(db, project_id, actor=actor)
