"""REST of readiness."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.rest import AppDatabase, AppSettings, ReadTx
from loom_app.projects import service as projects
from loom_app.readiness import service
from loom_app.readiness.schemas import ReadinessView

router = APIRouter(prefix="/api/v1/projects/{project_id}/readiness", tags=["projects"])


@router.get("", dependencies=[requires("projects:read")])
async def readiness(project_id: str, tx: ReadTx, settings: AppSettings, actor: CurrentActor) -> ReadinessView:
    """Whether the project is in order for work, as was last found; the worker looks again by itself."""
    project = await projects.get(tx, project_id, actor=actor)
    return ReadinessView.of(project_id, await service.judge(tx, project, settings))


@router.post("", dependencies=[requires("projects:write")])
async def look(project_id: str, db: AppDatabase, settings: AppSettings, actor: CurrentActor) -> ReadinessView:
    """Looks at the repository now, and delivers what could not be delivered before."""
    async with db.read() as tx:
        await projects.get(tx, project_id, actor=actor)
    return ReadinessView.of(project_id, await service.look(db, settings, project_id))
