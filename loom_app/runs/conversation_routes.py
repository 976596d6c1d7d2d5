"""REST of conversations: what was said in runs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.rest import ReadTx, WriteTx
from loom_app.runs import conversations
from loom_app.runs.schemas import Conversations, ConversationView, Reset

router = APIRouter(tags=["conversations"])
looked_up("session_id", lambda tx, session_id, actor: conversations.get(tx, session_id, actor=actor))
READ, DELETE = [requires("beads:read")], [requires("beads:delete")]


@router.get("/conversations", dependencies=READ, response_model=Conversations)
async def of_project(
    tx: ReadTx,
    actor: CurrentActor,
    project_id: Annotated[str, Query(min_length=1, max_length=200)],
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> dict[str, Any]:
    """A project's conversations, the newest first, without what was said in them."""
    found = await conversations.of_project(tx, project_id, limit, actor=actor)
    return {"project_id": project_id, "limit": limit, "conversations": found}


@router.get("/beads/{bead_id}/conversation", dependencies=READ, response_model=ConversationView)
async def of_bead(bead_id: str, tx: ReadTx, actor: CurrentActor) -> dict[str, Any]:
    """What was said in the bead's newest run, as messages."""
    return await conversations.newest_of(tx, bead_id, actor=actor)


@router.get("/conversations/{session_id}", dependencies=READ, response_model=ConversationView)
async def conversation(session_id: str, tx: ReadTx, actor: CurrentActor) -> dict[str, Any]:
    """What was said in a run, as messages."""
    return await conversations.whole(tx, session_id, actor=actor)


@router.delete("/conversations/{session_id}", status_code=204, dependencies=DELETE)
async def delete(session_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Deletes what was said in a run that is over; its turns, tokens, cost and change stay."""
    await conversations.delete(tx, session_id, actor=actor)


@router.post("/conversations/{session_id}/reset", dependencies=DELETE, response_model=ConversationView)
async def reset(session_id: str, tx: WriteTx, actor: CurrentActor, wanted: Reset | None = None) -> dict[str, Any]:
    """Takes what was said out of the conversation of a run that is over, the system's message apart on request."""
    keep = wanted.keep_system_message if wanted else False
    await conversations.reset(tx, session_id, keep_system_message=keep, actor=actor)
    await tx.flush()
    return await conversations.whole(tx, session_id, actor=actor)
