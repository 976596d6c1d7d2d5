"""REST of reviews: the change of a run, comments on its lines, the verdict, taking landed work back."""

from typing import Annotated

from fastapi import APIRouter, Query

from loom_app.auth.gate import CurrentActor, requires
from loom_app.kernel.rest import ReadTx, WriteTx
from loom_app.reviews import service
from loom_app.reviews.schemas import (
    DiffView,
    LineComment,
    RevertRequest,
    RevertView,
    Review,
    ReviewCommentView,
    ReviewState,
)

router = APIRouter(prefix="/api/v1/runs/{run_id}", tags=["reviews"])


@router.get("/diff", dependencies=[requires("beads:read")])
async def diff(
    run_id: str,
    tx: ReadTx,
    actor: CurrentActor,
    path: Annotated[str | None, Query(max_length=4_096, description="Only this file, and whole.")] = None,
) -> DiffView:
    """What a run changed: files, hunks and lines. Files with more than 400 changed lines come folded."""
    return await service.diff(tx, run_id, actor=actor, path=path)


@router.get("/review-comments", dependencies=[requires("beads:read")])
async def comments(run_id: str, tx: ReadTx, actor: CurrentActor) -> list[ReviewCommentView]:
    """What was said of lines of the change, oldest first."""
    return [ReviewCommentView.model_validate(row) for row in await service.comments(tx, run_id, actor=actor)]


@router.post("/review-comments", status_code=201, dependencies=[requires("beads:write")])
async def comment(run_id: str, said: LineComment, tx: WriteTx, actor: CurrentActor) -> ReviewCommentView:
    """Says something of a line; the agent gets it when the change is sent back."""
    (row,) = await service.comment(tx, run_id, [said], actor=actor)
    return ReviewCommentView.model_validate(row)


@router.post("/review", dependencies=[requires("decisions:write")])
async def review(run_id: str, given: Review, tx: WriteTx, actor: CurrentActor) -> ReviewState:
    """Approves a change that waits for review, which is tested and merged next, or sends it back to its agent."""
    return await service.review(tx, run_id, given, actor=actor)


@router.post("/revert", status_code=202, dependencies=[requires("decisions:write")])
async def revert(run_id: str, wanted: RevertRequest, tx: WriteTx, actor: CurrentActor) -> RevertView:
    """Has landed work taken back by a commit of its own and its bead opened again; tested and queued like a merge."""
    return RevertView.model_validate(await service.ask_revert(tx, run_id, wanted.reason, actor=actor))
