"""REST of the history of beads: reading it and taking changes back."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from loom_app.auth.gate import CurrentActor, requires
from loom_app.beads import past, service
from loom_app.beads.schemas import HistoryView, UndoneView, UndoRequest
from loom_app.kernel.rest import ReadTx, WriteTx

router = APIRouter(tags=["beads"])
Older = Annotated[int | None, Query(ge=0, le=2**62, description="The id of an entry: only older ones are wanted.")]


@router.get("/beads/{bead_id}/history", dependencies=[requires("beads:read")], response_model=HistoryView)
async def history(
    bead_id: str,
    tx: ReadTx,
    actor: CurrentActor,
    limit: Annotated[int, Query(ge=1, le=200, description="How many entries at the most.")] = 50,
    before: Older = None,
) -> dict[str, Any]:
    """What was changed of a bead, deleted or not, newest first: who, when, why, the whole old and new value."""
    await service.exists(tx, bead_id, actor)
    entries, count = await past.page(tx, bead_id, actor=actor, limit=limit, before=before)
    return {"entries": entries, "count": count}


@router.post("/beads/undo", dependencies=[requires("beads:write")])
async def undo(body: UndoRequest, tx: WriteTx, actor: CurrentActor) -> UndoneView:
    """Puts back every field of a change, of all beads it touched, or with a reason none."""
    done = await service.undo(tx, body.change_id, actor=actor, reason=body.reason)
    return UndoneView(change_id=done.change_id, changed=done.changed)
