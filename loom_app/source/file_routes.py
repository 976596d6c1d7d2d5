"""REST of a project's files, as a commit has them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.git import browsing
from loom_app.kernel.rest import AppDatabase
from loom_app.source.place import at
from loom_app.source.schemas import EntryView, FileView, HitView
from loom_app.source.tags import unchanged

router = APIRouter(prefix="/api/v1/projects/{project_id}/files", tags=["files"])
Ref = Annotated[str, Query(max_length=250, description="A branch, tag or commit; empty for the project's branch.")]
Path = Annotated[str, Query(max_length=4096)]
CUT = "X-Truncated"
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "As If-None-Match has it."}}


@router.get("/tree", dependencies=[requires("projects:read")], response_model=list[EntryView], responses=NOT_MODIFIED)
async def tree(
    project_id: str,
    db: AppDatabase,
    actor: CurrentActor,
    request: Request,
    response: Response,
    path: Path = ".",
    max_depth: Annotated[int, Query(ge=1, le=100)] = 4,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 500,
    ref: Ref = "",
) -> Any:
    """What is below a folder. X-Truncated says that there is more than `limit`."""
    place = await at(db, project_id, ref, actor)
    if unchanged(request, response, place.commit):
        return Response(status_code=304, headers=dict(response.headers))
    found = await browsing.tree(place.folder, place.commit, path, max_depth, limit)
    response.headers[CUT] = str(found.cut).lower()
    return [EntryView.model_validate(entry) for entry in found]


@router.get("/read", dependencies=[requires("projects:read")], response_model=FileView, responses=NOT_MODIFIED)
async def read(
    project_id: str,
    db: AppDatabase,
    actor: CurrentActor,
    request: Request,
    response: Response,
    path: Path,
    ref: Ref = "",
) -> Any:
    """One file, up to 1 MB; of a binary one only that it is."""
    place = await at(db, project_id, ref, actor)
    if unchanged(request, response, place.commit):
        return Response(status_code=304, headers=dict(response.headers))
    found = await browsing.read(place.folder, place.commit, path)
    return FileView(
        path=found.path, content=found.text, size=found.size, binary=found.text is None, commit=place.commit
    )


@router.get("/search", dependencies=[requires("projects:read")], response_model=list[HitView], responses=NOT_MODIFIED)
async def search(
    project_id: str,
    db: AppDatabase,
    actor: CurrentActor,
    request: Request,
    response: Response,
    query: Annotated[str, Query(max_length=4096)],
    path: Path = ".",
    limit: Annotated[int, Query(ge=1, le=2_000)] = 200,
    ref: Ref = "",
    regex: Annotated[bool, Query(description="Takes the query for an extended regular expression.")] = False,
    ignore_case: bool = False,
) -> Any:
    """Lines of text files with the query in them. X-Truncated says that there are more than `limit`."""
    place = await at(db, project_id, ref, actor)
    if unchanged(request, response, place.commit):
        return Response(status_code=304, headers=dict(response.headers))
    found = await browsing.search(place.folder, place.commit, query, path, limit, regex=regex, ignore_case=ignore_case)
    response.headers[CUT] = str(found.cut).lower()
    return [HitView.model_validate(hit) for hit in found]
