"""The actions on work items: file, close, escalate, ask, done."""

from collections.abc import Mapping
from typing import Any

from loom_app.actions.context import ActionContext, LeaveNeeded
from loom_app.actions.kinds.beads import (
    ApproveBead,
    AskFollowup,
    CloseBead,
    CreateBead,
    CreatePr,
    Decide,
    Done,
    EscalateCeo,
    RejectBead,
)
from loom_app.actions.model import ActionModel
from loom_app.actions.results import ActionResult, Ending, executed, failed
from loom_app.kernel.errors import Invalid, LoomError


async def create_bead(action: CreateBead, context: ActionContext) -> ActionResult:
    """Files a work item in the run's project, or answers the one that was filed for the same bead before."""
    bead_id, new = await context.board.create_bead(action.bead, context.key)
    return executed(action, filed_words(new=new), bead_id=bead_id, title=action.bead.title)


def filed_words(*, new: bool) -> str:
    """What is said of a work item that was filed just now, or is there since an earlier attempt."""
    return "bead created" if new else "bead filed before, by an earlier attempt at this one"


async def close_bead(action: CloseBead, context: ActionContext) -> ActionResult:
    """Closes a work item; the run's own ends the run."""
    bead_id = action.bead_id or context.bead_id
    await context.board.close_bead(bead_id, action.reason, context.key)
    ends: Ending | None = "completed" if bead_id == context.bead_id else None
    return executed(action, "bead closed", ends=ends, bead_id=bead_id, reason=action.reason)


async def done(action: Done, context: ActionContext) -> ActionResult:
    """Closes the run's own work item and ends the run."""
    await context.board.close_bead(context.bead_id, action.reason, context.key)
    return executed(action, "work done, bead closed", ends="completed", bead_id=context.bead_id, reason=action.reason)


async def create_pr(action: CreatePr, context: ActionContext) -> ActionResult:
    """Leaves the work for review, where its pull request is opened with the title and text given; ends the run."""
    await context.board.propose(action.pr_title, context.key)
    told = {"bead_id": context.bead_id, "pr_title": action.pr_title}
    return executed(action, "work waits for review; its pull request is opened next", ends="waiting", **told)


async def escalate_ceo(action: EscalateCeo, context: ActionContext) -> ActionResult:
    """Puts the run's own work item before the CEO and ends the run."""
    if action.bead_id not in (None, context.bead_id):
        raise Invalid(
            f"Only the present bead, {context.bead_id}, can be escalated, not {action.bead_id!r}. Leave bead_id out.",
            code="other_bead",
        )
    decision_id = await context.board.escalate(action.reason, action.returned_to, context.key)
    return executed(
        action,
        "escalated to CEO",
        ends="escalated",
        bead_id=context.bead_id,
        decision_id=decision_id,
        reason=action.reason,
    )


async def ask_followup(action: AskFollowup, context: ActionContext) -> ActionResult:
    """Asks people a question; the run waits for the answer."""
    decision_id = await context.board.ask(action, context.key)
    return executed(action, "question asked", ends="waiting", decision_id=decision_id, question=action.question)


async def decide(action: Decide, context: ActionContext) -> ActionResult:
    """Answers the decision that the run's own work item asks for, and ends the run."""
    decision_id = await context.board.decide(action.decision, action.rationale, context.key)
    return executed(action, "decided", ends="completed", decision_id=decision_id, decision=action.decision)


async def ask_leave(action: ActionModel, need: LeaveNeeded, context: ActionContext) -> ActionResult:
    """Asks people for leave to run the command of `action`, which was not run; the run waits for the answer."""
    ruling = need.ruling
    try:
        decision_id = await context.board.ask_leave(need, str(getattr(action, "reason", "")), context.key)
    except LoomError as error:
        return failed(action, f"{need.message} They could not be asked: {error.message}", code=error.code)
    told = {"decision_id": decision_id, "command": need.command, "risk": ruling.risk, "rule": ruling.rule}
    return failed(action, need.message, code=need.code, **told).model_copy(update={"ends": "waiting"})


async def approve_bead(action: ApproveBead, context: ActionContext) -> ActionResult:
    """Takes the work that is reviewed as right, and ends the run."""
    decision_id = await context.board.judge(action.bead_id, action.reason, context.key, approves=True)
    told = {"bead_id": action.bead_id, "reason": action.reason, "decision_id": decision_id}
    return executed(action, "work approved", ends="completed", **told)


async def reject_bead(action: RejectBead, context: ActionContext) -> ActionResult:
    """Sends the work that is reviewed back, and ends the run."""
    decision_id = await context.board.judge(
        action.bead_id, action.reason, context.key, approves=False, comments=action.comments
    )
    told = {"bead_id": action.bead_id, "reason": action.reason, "decision_id": decision_id}
    return executed(action, "work rejected", ends="completed", **told)


HANDLERS: Mapping[str, Any] = {
    "create_bead": create_bead,
    "close_bead": close_bead,
    "escalate_ceo": escalate_ceo,
    "ask_followup": ask_followup,
    "decide": decide,
    "approve_bead": approve_bead,
    "reject_bead": reject_bead,
    "done": done,
    "create_pr": create_pr,
}
