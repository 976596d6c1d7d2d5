"""REST of putting a bead before people."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.decisions import escalation
from loom_app.decisions.schemas import DecisionView, Escalation
from loom_app.kernel.rest import WriteTx

router = APIRouter()


@router.post("/beads/{bead_id}/escalate", dependencies=[requires("beads:write")])
async def escalate(bead_id: str, wanted: Escalation, tx: WriteTx, actor: CurrentActor) -> DecisionView:
    """Asks people about a bead and blocks it until they answer; a run of it stops.

    Approved it is opened again and given to `returned_to`; denied it stays blocked; with more information needed it
    goes back to `returned_to` with the reason as a comment. 409 `already_escalated` names the question that waits.
    """
    asked = await escalation.escalate(tx, bead_id, reason=wanted.reason, returned_to=wanted.returned_to, actor=actor)
    return DecisionView.of(asked)
