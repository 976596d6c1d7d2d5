"""Carries out an action: one table from type to handler, and every failure turned into a result."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from loom_app.actions import beads, commands, files, git, navigation, pullrequests, refactoring, team
from loom_app.actions.context import ActionContext, LeaveNeeded
from loom_app.actions.model import ActionModel
from loom_app.actions.results import ActionResult, failed
from loom_app.kernel.errors import LoomError

Handler = Callable[[Any, ActionContext], Awaitable[ActionResult]]

HANDLERS: Mapping[str, Handler] = {
    **files.HANDLERS, **navigation.HANDLERS, **refactoring.HANDLERS, **commands.HANDLERS, **git.HANDLERS,
    **pullrequests.HANDLERS, **team.HANDLERS, **beads.HANDLERS,
}  # fmt: skip
"""What carries out each type of action."""


async def execute(action: ActionModel, context: ActionContext) -> ActionResult:
    """Runs one action. What goes wrong is in the result, as the model is told it; only cancellation gets out.

    The result holds no secrets, wherever they come from.
    """
    result = await _carried_out(action, context)
    return await asyncio.to_thread(_cleaned, result, context.clean)


def _cleaned(result: ActionResult, clean: Callable[[str], str]) -> ActionResult:
    told = {"message": clean(result.message), "metadata": _every_text(result.metadata, clean)}
    return result.model_copy(update=told)


def _every_text(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {key: _every_text(inner, clean) for key, inner in value.items()}
    return [_every_text(inner, clean) for inner in value] if isinstance(value, list | tuple) else value


async def _carried_out(action: ActionModel, context: ActionContext) -> ActionResult:
    try:
        return await HANDLERS[action.name](action, context)
    except LeaveNeeded as need:
        return await beads.ask_leave(action, need, context)
    except LoomError as error:
        return failed(action, error.message, **_plain(error.extra), code=error.code)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return failed(action, f"The machine refused: {reason}.", code="os_error", errno=error.errno)


def _plain(extra: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in extra.items() if isinstance(value, str | int | float | list) and key != "code"}
