"""REST of the copies of the database. They are put back by `loom restore`, while Loom is stopped."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.rest import AppDatabase, AppSettings
from loom_app.upkeep import copies, overview, service
from loom_app.upkeep.schemas import Backups, BackupView

router = APIRouter(prefix="/api/v1/backups", tags=["system"])
ADMIN = requires("system:admin")


@router.get("", dependencies=[ADMIN])
async def backups(db: AppDatabase, settings: AppSettings) -> Backups:
    """The copies there are, when the next is made, how many are kept, and why the last attempt failed."""
    return await overview.overview(db, settings)


@router.post("", dependencies=[ADMIN], status_code=201)
async def back_up(db: AppDatabase, settings: AppSettings, actor: CurrentActor) -> BackupView:
    """Makes a copy now and checks it, while Loom goes on; the oldest beyond those kept is removed."""
    made = await service.back_up(db, settings, actor=actor)
    found = await overview.overview(db, settings)
    return next((one for one in found.backups if one.file == made.file.name), overview.view(made))


@router.post("/{backup_file}/check", dependencies=[ADMIN])
async def look_into(backup_file: str, db: AppDatabase, settings: AppSettings, actor: CurrentActor) -> BackupView:
    """Looks into a copy: whether it can be read as a whole and holds what a database of Loom holds."""
    await service.look_into(db, settings, backup_file, actor=actor)
    found = await overview.overview(db, settings)
    here = next((one for one in found.backups if one.file == backup_file), None)
    return here or overview.view(copies.named(service.folder(settings), backup_file))
