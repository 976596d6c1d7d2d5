"""REST of decisions."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.decisions import escalation_routes, repository, service
from loom_app.decisions.models import DecisionStatus
from loom_app.decisions.schemas import Answer, DecisionView
from loom_app.kernel.rest import Page, ReadTx, WriteTx

router = APIRouter(prefix="/api/v1", tags=["decisions"])
router.include_router(escalation_routes.router)
looked_up("decision_id", lambda tx, decision_id, actor: service.get(tx, decision_id, actor=actor))


@router.get("/decisions", dependencies=[requires("decisions:read")])
async def list_decisions(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    status: DecisionStatus | None = None,
    priority: Annotated[int | None, Query(ge=0, le=4)] = None,
    project_id: str | None = None,
    bead_id: str | None = None,
) -> list[DecisionView]:
    """The decisions you see, the newest first."""
    rows, total = await repository.page(
        tx,
        actor,
        status=status,
        priority=priority,
        project_id=project_id,
        bead_id=bead_id,
        limit=page.limit,
        offset=page.offset,
    )
    page.announce(request, response, total)
    return [DecisionView.of(row) for row in rows]


@router.get("/decisions/{decision_id}", dependencies=[requires("decisions:read")])
async def decision(decision_id: str, tx: ReadTx, actor: CurrentActor) -> DecisionView:
    """One decision."""
    return DecisionView.of(await service.get(tx, decision_id, actor=actor))


@router.post("/decisions/{decision_id}/decide", dependencies=[requires("decisions:write")])
async def decide(decision_id: str, answer: Answer, tx: WriteTx, actor: CurrentActor) -> DecisionView:
    """Answers a decision; its bead goes on. Only the first answer counts."""
    other = answer.decider_id if actor.may("decisions:admin") else ""
    decided = await service.decide(
        tx, decision_id, decider=actor, decision=answer.decision, rationale=answer.rationale, on_behalf_of=other
    )
    return DecisionView.of(decided)
