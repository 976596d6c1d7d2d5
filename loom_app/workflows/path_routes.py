"""REST of the paths that beads take, and of how far each is on its own."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.beads import service as beads
from loom_app.kernel.rest import AppSettings, Page, ReadTx
from loom_app.projects import service as projects
from loom_app.workflows import passages, paths
from loom_app.workflows.schemas import Analytics, BeadPath, Definition, Definitions, Passages

router = APIRouter(prefix="/workflows", tags=["workflows"])
of_beads = APIRouter(prefix="/beads", tags=["workflows"])
READ = [requires("beads:read")]
Wanted = Annotated[str | None, Query(max_length=200)]


@router.get("", dependencies=READ)
async def workflows(
    tx: ReadTx,
    settings: AppSettings,
    actor: CurrentActor,
    type: Wanted = None,  # noqa: A002
    project_id: Wanted = None,
) -> Definitions:
    """The paths that beads take; with `project_id` the one of that project, with its own settings."""
    every = paths.definitions(settings)
    if project_id is not None:
        every = [paths.of_project(await projects.get(tx, project_id, actor=actor), settings)]
    found = [one for one in every if type in (None, one.workflow_type)]
    return Definitions(workflows=found, count=len(found))


@router.get("/executions", dependencies=READ)
async def executions(
    tx: ReadTx, page: Page, request: Request, response: Response, actor: CurrentActor, bead_id: Wanted = None
) -> Passages:
    """The beads you see that somebody took up, the newest first; with `bead_id` one of them with its history."""
    if bead_id is None:
        rows, total = await passages.page(tx, actor, limit=page.limit, offset=page.offset)
        page.announce(request, response, total)
        return Passages(executions=rows, count=total)
    await beads.get(tx, bead_id, actor=actor)
    rows, total = await passages.page(tx, actor, limit=1, offset=0, bead_id=bead_id)
    history = await passages.history(tx, bead_id)
    return Passages(executions=rows, count=total, execution=rows[0] if rows else None, history=history)


@router.get("/analytics", dependencies=READ)
async def analytics(tx: ReadTx, actor: CurrentActor) -> Analytics:
    """How the beads you see fare on their paths: where they stand, how often work came back, what was escalated."""
    return await passages.analytics(tx, actor)


@router.get("/{definition_id}", dependencies=READ)
async def workflow(definition_id: str, settings: AppSettings) -> Definition:
    """One path with its stations and the ways between them."""
    return paths.definition(definition_id, settings)


@of_beads.get("/workflow", dependencies=READ)
async def of_bead(
    tx: ReadTx,
    settings: AppSettings,
    actor: CurrentActor,
    bead_id: Annotated[str, Query(min_length=1, max_length=200)],
) -> BeadPath:
    """The path of one bead, the station where it is, and its attempts so far."""
    bead = await beads.get(tx, bead_id, actor=actor)
    path = paths.of_project(await projects.get(tx, bead.project_id, actor=actor), settings)
    found, _ = await passages.page(tx, actor, limit=1, offset=0, bead_id=bead.id)
    at = found[0].current_node_key if found else ""
    return BeadPath(
        bead_id=bead.id, workflow=path, execution=found[0] if found else None,
        current_node=next((node for node in path.nodes if node.node_key == at), None),
        history=await passages.history(tx, bead.id), message="" if found else "Nobody has taken it up yet.",
    )  # fmt: skip
