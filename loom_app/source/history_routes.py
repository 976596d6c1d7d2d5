"""REST of a project's commits and branches."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, requires
from loom_app.git import history
from loom_app.git.history import Commit
from loom_app.kernel.errors import Forbidden
from loom_app.kernel.rest import AppDatabase
from loom_app.source import branches as of_branches
from loom_app.source.file_routes import NOT_MODIFIED, Path, Ref
from loom_app.source.place import at
from loom_app.source.schemas import BranchView, ChangedView, CommitDetail, CommitView
from loom_app.source.tags import unchanged

router = APIRouter(prefix="/api/v1/projects/{project_id}", tags=["files"])
Sha = Annotated[str, Query(max_length=64, pattern=r"^[0-9a-fA-F]*$")]


@router.get(
    "/commits", dependencies=[requires("projects:read")], response_model=list[CommitView], responses=NOT_MODIFIED
)
async def commits(
    project_id: str,
    db: AppDatabase,
    actor: CurrentActor,
    request: Request,
    response: Response,
    ref: Ref = "",
    path: Path = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[Sha, Query(description="The last commit of the part before this one.")] = "",
) -> Any:
    """The commits of a branch, or those that change a path, newest first. X-Total-Count has how many there are."""
    place = await at(db, project_id, ref, actor)
    if unchanged(request, response, place.commit):
        return Response(status_code=304, headers=dict(response.headers))
    found, total = await history.page(place.folder, place.commit, path, limit, before)
    response.headers["X-Total-Count"] = str(total)
    return [CommitView(**_shown(one)) for one in found]


@router.get("/commits/{sha}", dependencies=[requires("projects:read")])
async def commit(project_id: str, sha: str, db: AppDatabase, actor: CurrentActor) -> CommitDetail:
    """One commit with its change against its first parent."""
    place = await at(db, project_id, sha, actor)
    diff, cut = await history.diff(place.folder, place.commit)
    files = [ChangedView.model_validate(one) for one in await history.changed(place.folder, place.commit)]
    shown = _shown(await history.commit(place.folder, place.commit))
    return CommitDetail(**shown, files=files, diff=diff, diff_cut=cut)


@router.get("/branches", dependencies=[requires("projects:read")])
async def branches(
    project_id: str,
    db: AppDatabase,
    actor: CurrentActor,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> list[BranchView]:
    """The branches, the one changed last first. X-Total-Count has how many there are."""
    place = await at(db, project_id, "", actor)
    found, total = await of_branches.listed(db, place, limit)
    response.headers["X-Total-Count"] = str(total)
    return found


@router.delete("/branches/{branch:path}", status_code=204, dependencies=[requires("projects:write")])
async def drop(
    project_id: str,
    branch: str,
    db: AppDatabase,
    actor: CurrentActor,
    force: Annotated[bool, Query(description="Also one with work that landed nowhere; needs projects:delete.")] = False,
) -> None:
    """Removes a branch of an agent or of a patch, here and at the origin, once the project's branch has all of it."""
    place = await at(db, project_id, "", actor)
    if force and not actor.may("projects:delete"):
        raise Forbidden(
            "Dropping work that landed nowhere needs the permission projects:delete. Ask an administrator.",
            code="permission_missing",
            permission="projects:delete",
        )
    await of_branches.drop(db, place, branch, force=force, actor=actor)


def _shown(found: Commit) -> dict[str, Any]:
    """A commit's fields as they are shown."""
    named = {"bead_id": found.bead or None, "agent_id": found.agent or None, "run_id": found.run or None}
    own = {name: value for name, value in vars(found).items() if name not in ("bead", "agent", "run")}
    return own | named
