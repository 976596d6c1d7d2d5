"""A run that a person leads rests between two answers: its bead is free, what it changed stays on its branch."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.ledger import service as ledger
from loom_app.runs import lease, repository
from loom_app.runs.models import ActionStatus, Run, RunStatus, TerminalReason, Turn

CUT_OFF = "Loom was stopped in the middle of the answer. What had come of it is kept; ask again to go on."
MOST_FAULT = 1_000
LEFT_OUT = {
    ActionStatus.PENDING: (ActionStatus.SKIPPED, "It was not begun: the answer was stopped before."),
    ActionStatus.STARTED: (
        ActionStatus.INTERRUPTED,
        "The answer was stopped while this ran; it may or may not have taken effect. Look before you repeat it.",
    ),
}
"""What becomes of actions that are not over when a run is put to rest."""


async def rest(tx: AsyncSession, run: Run, fault: str = "") -> None:
    """Puts a run to rest, because of `fault` where the answer went wrong. Raises LeaseLost when it holds nothing."""
    if not await lease.release(tx, run.bead_id, run.token):
        raise lease.LeaseLost(f"The bead {run.bead_id} has passed on; this run is at rest already.")
    await ledger.release_run(tx, run.id, fault or "The answer is over.")
    turns = await repository.turns(tx, run.id)
    if turns:
        _close(turns[-1], fault)
        await _leave_out(tx, run, turns[-1].number)
    run.status, run.ended_at, run.cancel_requested = RunStatus.WAITING, now(), False
    run.message = await _said(tx, run)
    data = {"run_id": run.id, "agent_id": run.agent_id, "fault": _kept(fault), "cost_micros": run.cost_micros}
    append(tx, "pair.rested", actor=SYSTEM, project_id=run.project_id, subject_id=run.bead_id, data=data)


def _kept(fault: str) -> str:
    return fault[:MOST_FAULT]


def _close(turn: Turn, fault: str) -> None:
    """Takes what there is of an answer for the whole of it."""
    turn.fault = _kept(fault)
    if turn.replied_at is None and turn.said:
        turn.reply, turn.replied_at = turn.said, now()


async def _leave_out(tx: AsyncSession, run: Run, number: int) -> None:
    for row in await repository.actions(tx, run.id, number):
        if row.status in LEFT_OUT:
            row.status, row.message = LEFT_OUT[ActionStatus(row.status)]
            row.ended_at = now()


async def _said(tx: AsyncSession, run: Run) -> str:
    agent = await agents.name_of(tx, run.agent_id)
    if run.terminal_reason != TerminalReason.TAKEN_OVER:
        return f"{run.paired_name} talked with {agent} about it."
    return f"{run.paired_name} worked on it with {agent}. Its changes are on {run.branch}."
