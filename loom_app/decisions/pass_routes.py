"""REST of the reviews that a project wants of its agents."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.beads import service as beads
from loom_app.decisions import passes
from loom_app.decisions.schemas import ReviewPassView
from loom_app.kernel.rest import ReadTx

router = APIRouter()


@router.get("/beads/{bead_id}/reviews", dependencies=[requires("beads:read")])
async def reviews(bead_id: str, tx: ReadTx, actor: CurrentActor) -> list[ReviewPassView]:
    """Which agents were asked to review work on the bead before it lands, and what each said, oldest first."""
    await beads.get(tx, bead_id, actor=actor)
    return [ReviewPassView.of(given, is_due=is_due) for given, is_due in await passes.about(tx, bead_id=bead_id)]
