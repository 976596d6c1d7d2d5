"""REST of dispatch: why this agent, why not yet."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.dispatch import telling
from loom_app.dispatch.schemas import DispatchView
from loom_app.kernel.rest import AppSettings, ReadTx

router = APIRouter(prefix="/api/v1", tags=["beads"])


@router.get("/beads/{bead_id}/dispatch", dependencies=[requires("beads:read")])
async def dispatch(bead_id: str, tx: ReadTx, settings: AppSettings, actor: CurrentActor) -> DispatchView:
    """Why the bead went to its agents, who else was weighed, and for a waiting bead every reason with its way out."""
    return await telling.told(tx, bead_id, settings, actor)
