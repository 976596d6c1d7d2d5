"""REST of the system's own state."""

from typing import Any

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.rest import AppSettings, AppVault, ReadTx
from loom_app.status import service
from loom_app.status.schemas import StatusView
from loom_app.supervisor.halted import halted

router = APIRouter(prefix="/api/v1/system", tags=["system"])


@router.get("/status", dependencies=[requires("projects:read")], response_model=StatusView)
async def status(tx: ReadTx, settings: AppSettings, vault: AppVault, actor: CurrentActor) -> dict[str, Any]:
    """Whether work is given out, why not, and how processes and queue stand."""
    queue = await service.queue(tx, actor)
    return {
        **(await service.state(tx, actor, await halted(settings))).as_json(),
        "queue": queue.__dict__,
        "processes": service.processes(settings.data_dir),
        "last_failures": await service.last_failures(tx, actor),
        "locked_secrets": await service.locked_secrets(tx, vault, actor),
    }
