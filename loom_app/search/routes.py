"""REST of the search, and of the list of beads, which takes its language."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.beads import listing, views
from loom_app.beads.asked import Filtered, Placed
from loom_app.beads.schemas import BeadView
from loom_app.kernel.rest import Page, ReadTx
from loom_app.search import service
from loom_app.search.schemas import IdsView, SearchView

router = APIRouter(prefix="/api/v1")
READ = [requires("beads:read")]
Asked = Annotated[
    str,
    Query(
        max_length=2000,
        description='Words, "phrases", -not, OR, and status: priority: agent: type: tag: project: parent: id: '
        "created: updated: closed: due: is: has: in:",
    ),
]
OfProject = Annotated[str, Query(max_length=200, description="Only what is in this project.")]


@router.get("/search", dependencies=READ, tags=["search"])
async def search(tx: ReadTx, page: Page, actor: CurrentActor, q: Asked = "", project_id: OfProject = "") -> SearchView:
    """Beads, comments and runs that you see and that say what is asked, best first."""
    found = await service.search(tx, q, actor, project_id=project_id, limit=page.limit, offset=page.offset)
    return SearchView.model_validate(found)


@router.get("/search/ids", dependencies=READ, tags=["search"])
async def ids(tx: ReadTx, actor: CurrentActor, q: Asked = "", project_id: OfProject = "") -> IdsView:
    """The beads a query leaves of those you see, to narrow a board or a graph; all of them without a query."""
    return IdsView.model_validate(await service.ids(tx, q, actor, project_id=project_id))


@router.get("/beads", dependencies=READ, response_model=list[BeadView], tags=["beads"])
async def beads(
    tx: ReadTx,
    page: Page,
    request: Request,
    actor: CurrentActor,
    asked: Filtered,
    place: Placed,
    epic: Annotated[str, Query(max_length=200, description="Only what is under this bead, at any depth.")] = "",
    q: Asked = "",
    sort: Literal["priority", "updated", "created", "id"] = "priority",
) -> Response:
    """The beads you see that match every filter given, and the query `q` in the language of the search."""
    also = (*await service.narrowing(tx, q, actor), *await place.conditions(tx, actor))
    filters = replace(asked, epic=epic, also=also)
    rows, total = await listing.page(tx, filters, order=sort, limit=page.limit, offset=page.offset)
    response = views.answer(await views.listed(tx, rows, actor))
    page.announce(request, response, total)
    return response
