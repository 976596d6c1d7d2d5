"""REST of durable workflows. What can be done about one is done by the room it belongs to, at addresses told here."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.rest import AppDatabase, Page
from loom_app.workflows import path_routes, service
from loom_app.workflows.repository import Wanted
from loom_app.workflows.schemas import Course, State, Workflows

router = APIRouter(prefix="/api/v1", tags=["workflows"])
router.include_router(path_routes.router)
router.include_router(path_routes.of_beads)
Id = Annotated[str | None, Query(max_length=200)]


async def _temporal(request: Request) -> service.Witness:
    """One for the application, made when it is first asked for: its client takes a third of a second to load."""
    state = request.app.state
    if not hasattr(state, "temporal"):
        from loom_app.workflows.temporal import Temporal

        state.temporal = Temporal(state.settings)
    found: service.Witness = state.temporal
    return found


AppTemporal = Annotated[service.Witness, Depends(_temporal)]


@router.get("/temporal/workflows", dependencies=[requires("beads:read")])
async def workflows(
    db: AppDatabase,
    temporal: AppTemporal,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    state: State | None = None,
    type: Annotated[str | None, Query(max_length=200, description="Such as BeadProcessingWorkflow.")] = None,  # noqa: A002
    project_id: Id = None,
    bead_id: Id = None,
    agent_id: Id = None,
) -> Workflows:
    """The workflows you see, newest first: what the database knows of them, and what Temporal says beside it.

    `states` counts those that fit the other filters. While Temporal is away `temporal` says so.
    """
    wanted = Wanted(state, type, project_id, bead_id, agent_id)
    found = await service.listed(db, temporal, wanted, actor=actor, limit=page.limit, offset=page.offset)
    page.announce(request, response, found.count)
    return found


@router.get("/temporal/workflows/{workflow_id}", dependencies=[requires("beads:read")])
async def workflow(workflow_id: str, db: AppDatabase, temporal: AppTemporal, actor: CurrentActor) -> Course:
    """One workflow and its steps: activities with their attempts, timers and signals, without what was said."""
    return await service.course(db, temporal, workflow_id, actor=actor)
