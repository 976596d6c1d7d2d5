"""REST of the comments on beads."""

from fastapi import APIRouter

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.beads import comments, service
from loom_app.beads.schemas import CommentDraft, CommentEdit, CommentView
from loom_app.kernel.rest import ReadTx, WriteTx

router = APIRouter(tags=["comments"])
looked_up("comment_id", comments.look)
READ, WRITE = [requires("beads:read")], [requires("beads:write")]


@router.get("/beads/{bead_id}/comments", dependencies=READ)
async def of_bead(bead_id: str, tx: ReadTx) -> list[CommentView]:
    """What was said about a bead, oldest first, answers under what they answer."""
    await service.get(tx, bead_id)
    return [CommentView.model_validate(said) for said in comments.tree(await comments.of_bead(tx, bead_id))]


@router.post("/beads/{bead_id}/comments", status_code=201, dependencies=WRITE)
async def add(bead_id: str, body: CommentDraft, tx: WriteTx, actor: CurrentActor) -> CommentView:
    """Says something about a bead, or answers a comment on it. `@name` mentions somebody."""
    said = await comments.add(tx, bead_id, body.content, actor=actor, parent_id=body.parent_id)
    return CommentView.model_validate(comments.as_json(said))


@router.patch("/comments/{comment_id}", dependencies=WRITE)
async def edit(comment_id: str, body: CommentEdit, tx: WriteTx, actor: CurrentActor) -> CommentView:
    """Changes the text of one's own comment. Its answers are not in the answer."""
    return CommentView.model_validate(comments.as_json(await comments.edit(tx, comment_id, body.content, actor=actor)))


@router.delete("/comments/{comment_id}", status_code=204, dependencies=WRITE)
async def remove(comment_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Takes one's own comment away, with its answers."""
    await comments.remove(tx, comment_id, actor=actor)
