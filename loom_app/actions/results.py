"""What became of an action, and whether it ended the run."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from loom_app.actions.model import ActionModel

Status = Literal["executed", "error", "interrupted", "skipped"]
Ending = Literal["completed", "escalated", "waiting"]
"""How an action ends a run: the work is done, the CEO has it, or a person has been asked."""

_CLOSING = frozenset({"done", "close_bead", "create_pr", "approve_bead"})
COMMITTING = frozenset({"git_commit", "git_merge", "git_revert"})
"""What makes commits of the run's own."""


class ActionResult(BaseModel):
    """The record of one action: plain data, fit to be stored as JSON and read back after a crash.

    `executed` says that the action was carried out, not that a command or test succeeded: that is in `metadata`.
    """

    model_config = ConfigDict(frozen=True)
    action_type: str
    status: Status
    message: str
    metadata: dict[str, Any] = {}
    ends: Ending | None = None


def executed(action: ActionModel, message: str, *, ends: Ending | None = None, **metadata: Any) -> ActionResult:
    """The result of an action that was carried out."""
    return ActionResult(action_type=action.name, status="executed", message=message, metadata=metadata, ends=ends)


def failed(action: ActionModel, message: str, **metadata: Any) -> ActionResult:
    """The result of an action that could not be carried out."""
    return ActionResult(action_type=action.name, status="error", message=message, metadata=metadata)


def skipped(action: ActionModel, reason: str) -> ActionResult:
    """The result of an action that was left out; `reason` comes from `refusal`."""
    return ActionResult(action_type=action.name, status="skipped", message=reason)


def interrupted(action: ActionModel) -> ActionResult:
    """The result of an action that was started and whose end nobody saw; for those of the effect `once`."""
    return ActionResult(
        action_type=action.name,
        status="interrupted",
        message="Loom was stopped while this ran; it may or may not have taken effect. Look before you repeat it.",
    )


def refusal(action: ActionModel, earlier: Sequence[ActionResult]) -> str | None:
    """Why `action` must not run after the `earlier` results of the same reply; None when it may.

    A model writes a whole reply before it sees any result. So nothing runs after the run has ended, nothing is
    committed after a failed action, and work is not called done on top of a failure the model has not seen.
    """
    ended = next((result for result in earlier if result.ends), None)
    if ended:
        return f"It comes after {ended.action_type}, which ended the run."
    if action.name not in _CLOSING | COMMITTING:
        return None
    fault = next((result for result in earlier if _went_wrong(result, strict=action.name in _CLOSING)), None)
    if fault is None:
        return None
    return f"It comes after {fault.action_type}, which did not succeed. Look at that result first, then decide."


def _went_wrong(result: ActionResult, *, strict: bool) -> bool:
    if result.status != "executed":
        return True
    told = result.metadata
    return strict and (told.get("success") is False or told.get("exit_code", 0) != 0)


def ending(results: Iterable[ActionResult]) -> Ending | None:
    """How these results ended the run; None when it goes on."""
    return next((result.ends for result in results if result.ends), None)
