"""REST of the demo."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.demo import service
from loom_app.demo.schemas import DemoView
from loom_app.kernel.rest import AppDatabase, AppSettings, AppVault

router = APIRouter(prefix="/api/v1/demo", tags=["demo"])


@router.get("", dependencies=[requires("projects:read")])
async def demo(db: AppDatabase, settings: AppSettings, actor: CurrentActor) -> DemoView:
    """Whether the demo is loaded and its model runs."""
    return await service.view(db, settings, actor=actor)


@router.post("", status_code=201, dependencies=[requires("projects:write")])
async def load(db: AppDatabase, vault: AppVault, settings: AppSettings, actor: CurrentActor) -> DemoView:
    """Makes the sample project with its beads, team and demo model; what is there already stays as it is."""
    await service.load_demo(db, vault, settings, actor=actor)
    return await service.view(db, settings, actor=actor.seeing(service.PROJECT))
