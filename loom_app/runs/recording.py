"""The record of an action, written in the transaction of its effect, so that both are there or neither."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.results import ActionResult
from loom_app.kernel.clock import now
from loom_app.runs.models import ActionStatus, RunAction


async def record(
    tx: AsyncSession,
    key: str,
    message: str,
    metadata: Mapping[str, Any],
    ends: str | None = None,
    status: ActionStatus = ActionStatus.EXECUTED,
) -> None:
    """Marks the action `key` (run/turn/position) as carried out, or as what `status` says."""
    run_id, turn, position = key.rsplit("/", 2)
    row = await tx.get(RunAction, (run_id, int(turn), int(position)))
    if row is not None:
        row.status, row.message, row.ended_at = status, message, now()
        row.result = {"metadata": dict(metadata), "ends": ends}


def stored(row: RunAction) -> ActionResult | None:
    """The result of an action that was stored; None of one that has none yet."""
    if row.status in (ActionStatus.PENDING, ActionStatus.STARTED):
        return None
    return ActionResult.model_validate(
        {"action_type": row.type, "status": row.status, "message": row.message, **row.result}
    )
