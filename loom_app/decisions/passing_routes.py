"""REST of passing decisions on and of what is said about them."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, requires
from loom_app.decisions import comments, delegation
from loom_app.decisions.schemas import CommentShown, CommentText, DecisionView, Delegation
from loom_app.kernel.rest import ReadTx, WriteTx

router = APIRouter()


@router.post("/decisions/{decision_id}/delegate", dependencies=[requires("decisions:write")])
async def delegate(decision_id: str, wanted: Delegation, tx: WriteTx, actor: CurrentActor) -> DecisionView:
    """Has somebody else answer: a user, an agent, or `up` or `down` along the org chart. `delegations` records it."""
    passed = await delegation.delegate(
        tx, decision_id, wanted.to, note=wanted.note, deadline=wanted.deadline, actor=actor
    )
    return DecisionView.of(passed)


@router.get("/decisions/{decision_id}/comments", dependencies=[requires("decisions:read")])
async def said(decision_id: str, tx: ReadTx, actor: CurrentActor) -> list[CommentShown]:
    """What was said about a decision, oldest first."""
    return [CommentShown.of(one) for one in await comments.of_decision(tx, decision_id, actor=actor)]


@router.post("/decisions/{decision_id}/comments", status_code=201, dependencies=[requires("decisions:write")])
async def say(decision_id: str, text: CommentText, tx: WriteTx, actor: CurrentActor) -> CommentShown:
    """Says something about a decision. It answers nothing."""
    return CommentShown.of(await comments.add(tx, decision_id, text.content, actor=actor))
