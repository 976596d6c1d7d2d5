"""What happens to a run that may not ask the model any more: its work is kept, and people say how to go on."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.budgets import costs
from loom_app.config import Settings
from loom_app.decisions.answers import Kind
from loom_app.decisions.budget_answers import ALLOW, RETRY, STOP, raising, waiting
from loom_app.git.runner import GitFailed
from loom_app.git.worktree import Worktree
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.database import Database
from loom_app.kernel.log import get_logger
from loom_app.ledger import stops
from loom_app.ledger.models import BudgetWindow, Window
from loom_app.ledger.orders import BudgetReached, ModelUnpriced, Refused
from loom_app.runs import guard, service
from loom_app.runs.ending import Ending, Question, end
from loom_app.runs.landing import UNFINISHED
from loom_app.runs.lease import LeaseLost
from loom_app.runs.models import Run, TerminalReason
from loom_app.runs.paying import payer_of
from loom_app.runs.workplace import Job, job_of, worktree_of

log = get_logger(__name__)
ANSWER_WITHIN = timedelta(hours=48)
SOONEST = timedelta(minutes=5)


async def stop(db: Database, settings: Settings, run_id: str, refused: Refused) -> None:
    """Ends a run that a budget stopped; what it changed waits on its branch for the next one.

    People are asked once for each window of a budget: other beads under it rest until it is raised or begins anew. Was
    it full of others' calls alone, the bead just rests a while.
    """
    async with db.read() as tx:
        job = await job_of(tx, run_id)
    tree = worktree_of(db, job, settings)
    diff = await _kept(tree, job)
    try:
        async with db.write() as tx:
            run = await guard.held(tx, run_id, settings.runs.lease_seconds)
            rests = settings.dispatch.retry_seconds if isinstance(refused, BudgetReached) and refused.passing else 0.0
            window = await _window(tx, job, refused, settings)
            question = await _question(tx, job, run, refused, window)
            ending = Ending(TerminalReason.BUDGET, refused.message, diff=diff, question=question, rests=rests)
            decision_id = await end(tx, run, ending, settings)
            if window is not None:
                window.decision_id = decision_id
    except LeaseLost as lost:
        log.info("run was over already", run=run_id, why=lost.message)
    await service.close_worktree(db, settings, run_id, keep_branch=True)


async def _kept(tree: Worktree, job: Job) -> str:
    """The run's change, committed on its branch; what cannot be committed is told by the diff alone."""
    if not tree.folder.exists():
        return ""
    diff = await service.diff_of(tree)
    try:
        await tree.commit(f"{UNFINISHED}{job.bead.title}", [], f"{job.run.id}/budget")
    except GitFailed as error:
        log.warning("unfinished work not committed", run=job.run.id, why=error.message)
    return diff


async def _window(tx: AsyncSession, job: Job, refused: Refused, settings: Settings) -> BudgetWindow | None:
    if not isinstance(refused, BudgetReached) or refused.passing:
        return None
    return await stops.stop(tx, refused, await payer_of(tx, job.bead, job.agent.id), settings.budgets)


async def _question(
    tx: AsyncSession, job: Job, run: Run, refused: Refused, window: BudgetWindow | None
) -> Question | None:
    """What people are asked; None where that is not needed, or was done about another bead."""
    so_far = await costs.of_bead(tx, job.bead.id)
    spent = f"{job.bead.id} has cost {so_far.cost} so far."
    if isinstance(refused, ModelUnpriced):
        return Question(
            Kind.BUDGET, f"{refused.message} {spent} How is it to go on?", returned_to=run.agent_id,
            options=(RETRY, ALLOW, STOP), default_option=STOP, context=_context(refused, so_far.cost_micros),
        )  # fmt: skip
    if window is None or not isinstance(refused, BudgetReached):
        return None
    limit = refused.budget.limit_micros
    options = [raising(limit + max(limit // 2, 20 * refused.wanted, 1_000_000)), STOP]
    deadline = now() + ANSWER_WITHIN
    if refused.budget.window != Window.TOTAL:
        options.insert(1, waiting(window.ends_at))
        deadline = max(min(deadline, window.ends_at), now() + SOONEST)
    return Question(
        Kind.BUDGET, f"{refused.message} {spent} What is to be done?", returned_to=run.agent_id, options=options,
        default_option=options[-2] if len(options) > 2 else STOP, deadline=deadline,
        context={**_context(refused, so_far.cost_micros), "ends_at": rfc3339(window.ends_at)},
    )  # fmt: skip


def _context(refused: Refused, so_far: int) -> dict[str, object]:
    return {"budget": {**refused.extra, "bead_cost_micros": so_far}, "budget_id": refused.budget.id}
