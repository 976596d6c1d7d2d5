"""REST of runs: what agents did, turn by turn, and stopping one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.actor import Actor
from loom_app.kernel.rest import AppSettings, Page, ReadTx, WriteTx
from loom_app.projects import service as projects
from loom_app.runs import claims, conversation_routes, nudges, repository, service, steering_routes
from loom_app.runs.schemas import ActionView, ClaimRequest, ClaimView, RunDetail, RunView
from loom_app.runs.spending import Spending, spending

router = APIRouter(prefix="/api/v1", tags=["runs"])
router.include_router(conversation_routes.router)
router.include_router(steering_routes.router)
looked_up("run_id", lambda tx, run_id, actor: service.get(tx, run_id, actor=actor))


@router.get("/runs", dependencies=[requires("beads:read")])
async def runs(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    bead_id: str | None = None,
    agent_id: str | None = None,
    project_id: str | None = None,
    live: Annotated[bool | None, Query(description="Only runs that are on, or only those that are over.")] = None,
) -> list[RunView]:
    """The runs you see, newest first."""
    wanted = {"bead_id": bead_id, "agent_id": agent_id, "project_id": project_id}
    rows, total = await repository.page(tx, actor, limit=page.limit, offset=page.offset, live=live, **wanted)
    page.announce(request, response, total)
    return [RunView.of(row) for row in rows]


@router.get("/projects/{project_id}/spend", dependencies=[requires("beads:read")])
async def spend(
    project_id: str, tx: ReadTx, actor: CurrentActor, days: Annotated[int, Query(ge=1, le=366)] = 30
) -> Spending:
    """What the project's runs have cost: in all, by agent, and on each of the last `days` days (UTC)."""
    await projects.get(tx, project_id, actor=actor)
    return await spending(tx, project_id, days)


@router.get("/runs/{run_id}", dependencies=[requires("beads:read")])
async def run(run_id: str, tx: ReadTx, actor: CurrentActor) -> RunDetail:
    """One run with every turn: prompt, reply, actions with their results, diff, tokens and cost."""
    return await _detail(tx, run_id, actor)


@router.post("/runs/{run_id}/cancel", dependencies=[requires("beads:write")])
async def cancel(run_id: str, tx: WriteTx, actor: CurrentActor) -> RunView:
    """Asks a run to stop; its bead is set aside as blocked until somebody opens it again."""
    return RunView.of(await service.cancel(tx, run_id, actor=actor))


@router.post("/beads/{bead_id}/claim", dependencies=[requires("beads:write")])
async def claim(
    bead_id: str, wanted: ClaimRequest, tx: WriteTx, settings: AppSettings, actor: CurrentActor
) -> ClaimView:
    """Takes a bead; 409 says who holds it, whether that holder lives and until when."""
    held = await claims.claim(tx, bead_id, wanted.agent_id, settings=settings, actor=actor)
    return ClaimView(bead_id=bead_id, holder=held.holder, token=held.token, expires_at=held.expires_at)


async def _detail(tx: AsyncSession, run_id: str, actor: Actor) -> RunDetail:
    found = await service.get(tx, run_id, actor=actor)
    actions: dict[int, list[ActionView]] = {}
    for row in await repository.actions(tx, run_id):
        actions.setdefault(row.turn, []).append(ActionView.of(row))
    said = await nudges.of_run(tx, found)
    return RunDetail.whole(found, list(await repository.turns(tx, run_id)), actions, said)
