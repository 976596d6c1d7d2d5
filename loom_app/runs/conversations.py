"""What was said in runs, as conversations: read, set back, and deleted in text while turns, tokens and cost stay."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.projects import service as projects
from loom_app.runs import nudges, repository
from loom_app.runs.models import LIVE, Run, Turn

SCHEMA_VERSION = "1.0"


async def get(tx: AsyncSession, session_id: str, *, actor: Actor = SYSTEM, to_change: bool = False) -> Run:
    """The run that is the conversation. Raises NotFound, also for one that was deleted."""
    run = await repository.get(tx, session_id, to_change=to_change)
    if run is None or run.conversation_deleted_at is not None or not actor.sees(run.project_id):
        raise NotFound(
            f"There is no conversation {session_id[:100]!r}. GET /api/v1/conversations?project_id=… lists those of a "
            "project.",
            code="conversation_not_found",
        )
    return run


async def whole(tx: AsyncSession, session_id: str, *, actor: Actor) -> dict[str, Any]:
    """One conversation as the API shows it. Raises NotFound."""
    run = await get(tx, session_id, actor=actor)
    turns = await repository.turns(tx, session_id)
    return {**_head(run, _changed(run, turns)), "messages": [said for turn in turns for said in _messages(turn)]}


async def newest_of(tx: AsyncSession, bead_id: str, *, actor: Actor) -> dict[str, Any]:
    """The conversation of a bead's newest run; one without messages where there was none. Raises NotFound."""
    bead = await beads.get(tx, bead_id, actor=actor)
    rows = await repository.conversations(tx, limit=1, bead_id=bead_id)
    if rows:
        return await whole(tx, rows[0].id, actor=actor)
    nothing = dict.fromkeys(("session_id", "created_at", "updated_at", "expires_at"))
    return {
        **nothing, "bead_id": bead_id, "project_id": bead.project_id, "messages": [], "token_count": 0,
        "metadata": {}, "entity_metadata": _entity(),
    }  # fmt: skip


async def of_project(tx: AsyncSession, project_id: str, limit: int, *, actor: Actor) -> list[dict[str, Any]]:
    """The project's conversations without their messages, the newest first. Raises NotFound."""
    await projects.get(tx, project_id, actor=actor)
    rows = await repository.conversations(tx, limit=limit, project_id=project_id)
    return [{**_head(row, row.said_at or row.created_at), "turns": row.turn_count} for row in rows]


async def reset(tx: AsyncSession, session_id: str, *, keep_system_message: bool, actor: Actor) -> None:
    """Takes the texts out of a conversation, its first instruction apart when that is to be kept.

    Raises NotFound, and Conflict (code `run_live`) while the run is on.
    """
    run = await _over(tx, session_id, actor)
    await _redact(tx, run, keep_system_message=keep_system_message)
    _tell(tx, "run.conversation_reset", run, actor, kept_system_message=keep_system_message)


async def delete(tx: AsyncSession, session_id: str, *, actor: Actor) -> None:
    """Takes every text out of a conversation and shows it no more; the run with its figures and its change stays.

    Raises NotFound, and Conflict (code `run_live`) while the run is on.
    """
    run = await _over(tx, session_id, actor)
    await _redact(tx, run, keep_system_message=False)
    run.conversation_deleted_at = now()
    _tell(tx, "run.conversation_deleted", run, actor)


async def _over(tx: AsyncSession, session_id: str, actor: Actor) -> Run:
    run = await get(tx, session_id, actor=actor, to_change=True)
    if run.status in LIVE:
        raise Conflict(
            f"The run {session_id} of {run.bead_id} is on; its conversation is what it works with. Cancel the run with "
            f"POST /api/v1/runs/{session_id}/cancel or wait for its end.",
            code="run_live",
        )
    return run


async def _redact(tx: AsyncSession, run: Run, *, keep_system_message: bool) -> None:
    for turn in await repository.turns(tx, run.id):
        turn.prompt = turn.notes = turn.fault = turn.reply_hash = turn.said = ""
        turn.tool_calls, turn.tool_results = [], []
        turn.reply = None if turn.reply is None else ""
        turn.gist, turn.diff = {}, ""
        if not keep_system_message:
            turn.system_prompt = ""
    for nudge in await nudges.of_run(tx, run) if run.paired_with else ():
        nudge.text = ""
    for action in await repository.actions(tx, run.id):
        action.parameters, action.result, action.message = {}, {}, ""


def _tell(tx: AsyncSession, type_: str, run: Run, actor: Actor, **more: Any) -> None:
    data = {"run_id": run.id, "agent_id": run.agent_id, "turns": run.turn_count, **more}
    append(tx, type_, actor=actor, project_id=run.project_id, subject_id=run.bead_id, data=data)


def _head(run: Any, changed: Any) -> dict[str, Any]:
    """What is told of a conversation besides its messages. It is kept as evidence and never expires by itself."""
    metadata = {"agent_id": run.agent_id, "provider_id": run.provider_id, "model": run.model, "status": run.status}
    return {
        "session_id": run.id, "bead_id": run.bead_id, "project_id": run.project_id, "created_at": run.created_at,
        "updated_at": changed, "expires_at": None, "token_count": run.tokens_input + run.tokens_output,
        "metadata": metadata, "entity_metadata": _entity(),
    }  # fmt: skip


def _entity() -> dict[str, Any]:
    return {"schema_version": SCHEMA_VERSION, "attributes": {}}


def _changed(run: Run, turns: Sequence[Turn]) -> Any:
    return (turns[-1].replied_at or turns[-1].created_at) if turns else run.created_at


def _messages(turn: Turn) -> list[dict[str, Any]]:
    """What was said in a turn; what was taken out of it is not said any more."""
    replied = turn.replied_at or turn.created_at
    said = (
        ("system", turn.system_prompt, turn.created_at, 0),
        ("user", turn.prompt, turn.created_at, turn.tokens_input),
        ("assistant", turn.reply if turn.reply is not None else turn.said, replied, turn.tokens_output),
    )
    return [
        {"role": role, "content": content, "timestamp": at, "token_count": tokens}
        for role, content, at, tokens in said
        if content
    ]
