"""The actions on colleagues: tell them, give them work."""

from collections.abc import Mapping
from typing import Any

from loom_app.actions.context import ActionContext
from loom_app.actions.kinds.team import DelegateTask, SendAgentMessage
from loom_app.actions.results import ActionResult, executed

SENT = "message sent; the colleague hears it in its next turn"


async def send_agent_message(action: SendAgentMessage, context: ActionContext) -> ActionResult:
    """Has a colleague told something, once."""
    return executed(action, SENT, **await context.team.send(action, context.key))


async def delegate_task(action: DelegateTask, context: ActionContext) -> ActionResult:
    """Files a part of the present work item for a role, or answers the one filed for the same before."""
    facts, new = await context.team.delegate(action, context.key)
    return executed(action, delegated_words(new=new), **facts)


def delegated_words(*, new: bool) -> str:
    """What is said of a task that was delegated just now, or is there since an earlier attempt."""
    return "task delegated" if new else "task delegated before, by an earlier attempt at this one"


HANDLERS: Mapping[str, Any] = {"send_agent_message": send_agent_message, "delegate_task": delegate_task}
