"""REST of decisions: listed, read, asked, answered, changed and taken back."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.decisions import (
    asking,
    escalation_routes,
    inbox_routes,
    pass_routes,
    passing_routes,
    repository,
    rules_routes,
    service,
)
from loom_app.decisions.answers import Kind
from loom_app.decisions.models import DecisionStatus
from loom_app.decisions.schemas import (
    Answer,
    AnswerOf,
    Answers,
    DecisionChange,
    DecisionDraft,
    DecisionView,
    Outcome,
    Outcomes,
    Risk,
    Withdrawal,
)  # fmt: skip
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.kernel.rest import AppDatabase, Page, ReadTx, WriteTx

router = APIRouter(prefix="/api/v1", tags=["decisions"])
router.include_router(escalation_routes.router)
router.include_router(inbox_routes.router)
router.include_router(pass_routes.router)
router.include_router(passing_routes.router)
router.include_router(rules_routes.router)
looked_up("decision_id", lambda tx, decision_id, actor: service.get(tx, decision_id, actor=actor))
READ, WRITE = [requires("decisions:read")], [requires("decisions:write")]


@router.get("/decisions", dependencies=READ)
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
    kind: Kind | None = None,
    risk: Risk | None = None,
    assigned_to: str | None = None,
) -> list[DecisionView]:
    """The decisions you see, the newest first."""
    asked = {
        "status": status, "priority": priority, "project_id": project_id, "bead_id": bead_id, "kind": kind,
        "risk": risk, "assigned_to": assigned_to,
    }  # fmt: skip
    rows, total = await repository.page(tx, actor, asked, page.limit, page.offset)
    page.announce(request, response, total)
    return [DecisionView.of(row) for row in rows]


@router.post("/decisions", status_code=201, dependencies=WRITE)
async def ask(wanted: DecisionDraft, tx: WriteTx, actor: CurrentActor) -> DecisionView:
    """Asks. A bead that is named waits for the answer unless `blocks` is false; a run of it stops."""
    return DecisionView.of(await asking.ask(tx, wanted, actor=actor))


@router.post("/decisions/decide", dependencies=WRITE)
async def decide_several(wanted: Answers, db: AppDatabase, actor: CurrentActor) -> Outcomes:
    """Answers several decisions, each by itself: what is refused of one is no matter to the others."""
    results = [await _outcome(db, one, actor) for one in wanted.answers]
    decided = sum(result.status == "decided" for result in results)
    return Outcomes(results=results, decided=decided, refused=len(results) - decided)


@router.get("/decisions/{decision_id}", dependencies=READ)
async def decision(decision_id: str, tx: ReadTx, actor: CurrentActor) -> DecisionView:
    """One decision."""
    return DecisionView.of(await service.get(tx, decision_id, actor=actor))


@router.patch("/decisions/{decision_id}", dependencies=WRITE)
async def change(decision_id: str, wanted: DecisionChange, tx: WriteTx, actor: CurrentActor) -> DecisionView:
    """Another deadline or risk for a decision that waits."""
    changed = await service.change(tx, decision_id, deadline=wanted.deadline, risk=wanted.risk, actor=actor)
    return DecisionView.of(changed)


@router.delete("/decisions/{decision_id}", dependencies=WRITE)
async def take_back(
    decision_id: str, tx: WriteTx, actor: CurrentActor, wanted: Withdrawal | None = None
) -> DecisionView:
    """Takes a question back; it stays on record. A bead that waited for words goes on, others stay blocked."""
    reason = (wanted or Withdrawal()).reason
    return DecisionView.of(await service.cancel(tx, decision_id, reason=reason, actor=actor))


@router.post("/decisions/{decision_id}/decide", dependencies=WRITE)
async def decide(decision_id: str, answer: Answer, tx: WriteTx, actor: CurrentActor) -> DecisionView:
    """Answers a decision; its bead goes on. Only the first answer counts."""
    other = answer.decider_id if actor.may("decisions:admin") else ""
    decided = await service.decide(
        tx, decision_id, decider=actor, decision=answer.decision, rationale=answer.rationale, changes=answer.changes,
        on_behalf_of=other,
    )  # fmt: skip
    return DecisionView.of(decided)


async def _outcome(db: Database, one: AnswerOf, actor: Actor) -> Outcome:
    try:
        async with db.write() as tx:
            return Outcome(id=one.id, status="decided", decision=await decide(one.id, one, tx, actor))
    except LoomError as refused:
        return Outcome(id=one.id, status="refused", code=refused.code, error=refused.message)
