"""REST of budgets, of the ledger and of what beads cost."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth import service as users
from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.beads import service as beads
from loom_app.budgets import costs, repository, service, views
from loom_app.budgets.schemas import (
    BeadCost,
    BudgetChange,
    BudgetDraft,
    BudgetView,
    CallView,
    LedgerPage,
    Sums,
)
from loom_app.kernel.errors import Invalid
from loom_app.kernel.money import dollars_known
from loom_app.kernel.rest import AppSettings, Page, ReadTx, WriteTx
from loom_app.ledger.models import CallStatus, Scope, Window

router = APIRouter(prefix="/api/v1", tags=["budgets"])
looked_up("budget_id", lambda tx, budget_id, actor: service.get(tx, budget_id, actor=actor))
Moment = Annotated[datetime | None, Query(description="RFC 3339, with a zone.")]


@router.get("/budgets", dependencies=[requires("projects:read")])
async def budgets(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    settings: AppSettings,
    actor: CurrentActor,
    scope: Scope | None = None,
    scope_id: str | None = None,
    window: Window | None = None,
    project_id: str | None = None,
) -> list[BudgetView]:
    """The budgets you may know of, the wide ones first, with what is used, reserved and left of them now."""
    wanted = {"scope": scope, "scope_id": scope_id, "window": window, "project_id": project_id}
    rows, total = await repository.page(tx, actor, wanted, page.limit, page.offset)
    page.announce(request, response, total)
    return await views.shown(tx, rows, settings.budgets, actor)


@router.post("/budgets", status_code=201, dependencies=[requires("projects:write")])
async def create(draft: BudgetDraft, tx: WriteTx, settings: AppSettings, actor: CurrentActor) -> BudgetView:
    """Sets a budget; those of the system and of users are set by administrators. It counts at once."""
    made = await service.create(tx, draft, actor=actor)
    return (await views.shown(tx, [made], settings.budgets, actor))[0]


@router.get("/budgets/{budget_id}", dependencies=[requires("projects:read")])
async def budget(budget_id: str, tx: ReadTx, settings: AppSettings, actor: CurrentActor) -> BudgetView:
    """One budget."""
    found = await service.get(tx, budget_id, actor=actor)
    return (await views.shown(tx, [found], settings.budgets, actor))[0]


@router.patch("/budgets/{budget_id}", dependencies=[requires("projects:write")])
async def update(
    budget_id: str, change: BudgetChange, tx: WriteTx, settings: AppSettings, actor: CurrentActor
) -> BudgetView:
    """Changes what the body names; work that waited for a budget that is raised goes on."""
    changed = await service.update(tx, budget_id, change, actor=actor)
    return (await views.shown(tx, [changed], settings.budgets, actor))[0]


@router.delete("/budgets/{budget_id}", status_code=204, dependencies=[requires("projects:write")])
async def delete(budget_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Removes a budget; what it bounded is bounded by the others alone."""
    await service.delete(tx, budget_id, actor=actor)


@router.get("/ledger", dependencies=[requires("projects:read")])
async def ledger(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    project_id: str | None = None,
    agent_id: str | None = None,
    user_id: str | None = None,
    bead_id: str | None = None,
    run_id: str | None = None,
    provider_id: str | None = None,
    model: str | None = None,
    status: CallStatus | None = None,
    purpose: str | None = None,
    since: Moment = None,
    until: Moment = None,
) -> LedgerPage:
    """The calls to models that you may know of, the newest first, with their sums: who, for what, tokens and cost."""
    wanted = {
        "project_id": project_id, "agent_id": agent_id, "user_id": user_id, "bead_id": bead_id, "run_id": run_id,
        "provider_id": provider_id, "model": model, "status": status, "purpose": purpose,
    }  # fmt: skip
    span = {"since": _aware(since, "since"), "until": _aware(until, "until")}
    rows = await repository.calls(tx, actor, wanted, **span, limit=page.limit, offset=page.offset)
    sums = await repository.call_sums(tx, actor, wanted, **span)
    page.announce(request, response, sums.calls)
    known = {name: int(getattr(sums, name)) for name in Sums.model_fields if name != "cost"}
    cost = dollars_known(known["cost_micros"], known["unpriced"])
    return LedgerPage(calls=[CallView.of(row) for row in rows], total=sums.calls, sums=Sums(**known, cost=cost))


@router.get("/beads/{bead_id}/cost", dependencies=[requires("beads:read")])
async def bead_cost(bead_id: str, tx: ReadTx, settings: AppSettings, actor: CurrentActor) -> BeadCost:
    """What the bead cost so far, what it may still cost, and which budget binds."""
    bead = await beads.get(tx, bead_id, actor=actor)
    made_by = bead.created_by if bead.created_by in await users.names(tx, [bead.created_by]) else ""
    return await costs.told(tx, bead, bead.assigned_to or "", made_by, settings.budgets, actor)


def _aware(moment: datetime | None, name: str) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise Invalid(f"{name} has no time zone; write it like 2026-02-21T09:30:00Z.", code="bad_time")
    return moment
