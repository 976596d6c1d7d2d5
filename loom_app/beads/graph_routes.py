"""REST of the work graph."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.beads import service, views
from loom_app.beads.asked import Filtered, several
from loom_app.beads.graph_schemas import WorkGraph
from loom_app.beads.work_graph import neighbourhood
from loom_app.beads.work_graph import work_graph as drawn
from loom_app.kernel.rest import ReadTx

router = APIRouter()


@router.get("/work-graph", dependencies=[requires("beads:read")], response_model=WorkGraph)
async def work_graph(
    tx: ReadTx,
    actor: CurrentActor,
    asked: Filtered,
    include_done: Annotated[bool, Query(description="Whether finished beads are shown.")] = True,
    ids: Annotated[str, Query(max_length=50_000, description="These beads alone, separated by commas.")] = "",
    root: Annotated[str, Query(max_length=200, description="A bead: it and what is around it alone.")] = "",
    depth: Annotated[int, Query(ge=0, le=20, description="How many edges around `root`.")] = 2,
    compact: Annotated[bool, Query(description="Beads without their texts and lists.")] = False,
) -> Response:
    """The beads you see that match every filter given, the edges between them and the longest chain of work left."""
    wanted = set(several(ids)) if ids else None
    if root:
        await service.get(tx, root, actor=actor)
        near = set(await neighbourhood(tx, root, depth, actor))
        wanted = near if wanted is None else near & wanted
    those = None if wanted is None else tuple(sorted(wanted))
    filters = replace(asked, is_left=not include_done, ids=those)
    return views.answer(await drawn(tx, filters, actor, compact=compact))
