"""What comes of people's wishes in the worker: a run rests between turns, hears what they say, is handed over."""

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from loom_app.beads import service as beads
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.columns import table
from loom_app.kernel.database import Database
from loom_app.kernel.errors import NotFound
from loom_app.kernel.log import get_logger
from loom_app.runs import guard, lease, nudges, repository, service
from loom_app.runs.ending import Ending, end
from loom_app.runs.landing import UNFINISHED
from loom_app.runs.models import LIVE, Run, TerminalReason
from loom_app.runs.workplace import job_of, worktree_of

log = get_logger(__name__)
RUNS = table(Run)
HELD_SECONDS = 30 * 86_400.0
"""How long a run that rests holds its bead when nobody looks after it; each look makes it as long again."""


async def rests(db: Database, run_id: str, number: int) -> bool:
    """Whether the run rests before turn `number`, which nobody has asked the model yet; it holds its bead meanwhile.

    A run that is to end does not rest.
    """
    if not await db.glance(_pause_wanted(), {"run": run_id}):
        return False
    async with db.write() as tx:
        run = await repository.get(tx, run_id, to_change=True)
        turn = await repository.turn(tx, run_id, number)
        if run is None or run.status not in LIVE or not run.pause_requested or turn is None or turn.asked_at:
            return False
        try:
            await guard.check(tx, run_id)
            await lease.renew(tx, run.bead_id, run.token, HELD_SECONDS)
        except (guard.RunStopped, lease.LeaseLost):
            return False
        if run.paused_at is None:
            run.paused_at = now()
            data = {"run_id": run.id, "agent_id": run.agent_id, "token": run.token, "turn": number}
            append(tx, "run.paused", actor=SYSTEM, project_id=run.project_id, subject_id=run.bead_id, data=data)
        return True


@cache
def _pause_wanted() -> Select[Any]:
    return select(RUNS.c.id).where(RUNS.c.id == bindparam("run"), RUNS.c.pause_requested)


async def begin_turn(db: Database, settings: Settings, run_id: str, number: int) -> None:
    """Makes the prompt of a turn final, with what people said in it; one that was begun already stays as it is."""
    async with db.write() as tx:
        turn = await repository.turn(tx, run_id, number)
        if turn is None or turn.asked_at is not None:
            return
        run = await guard.held(tx, run_id, settings.runs.lease_seconds)
        await nudges.tell(tx, run, turn)
        turn.asked_at = now()


async def hand_over(db: Database, settings: Settings, run_id: str) -> None:
    """Ends a run whose work a person takes over, with every change kept on its branch. Safe to repeat."""
    async with db.read() as tx:
        run = await service.get(tx, run_id)
        name = (await beads.names(tx, [run.taken_by])).of(run.taken_by) or "Somebody"
    diff = await _kept(db, settings, run_id)
    where = f" Its changes are on the branch {run.branch}." if run.branch else " It had not begun."
    try:
        async with db.write() as tx:
            run = await guard.held(tx, run_id, settings.runs.lease_seconds)
            message = f"{name} took it over.{where}"
            await end(tx, run, Ending(TerminalReason.TAKEN_OVER, message, diff=diff), settings)
    except lease.LeaseLost as lost:
        log.info("run was over already", run=run_id, why=lost.message)
    await service.close_worktree(db, settings, run_id, keep_branch=True)


async def _kept(db: Database, settings: Settings, run_id: str) -> str:
    """The run's change, committed on its branch as it is. Raises LoomError when git does not take it."""
    try:
        async with db.read() as tx:
            job = await job_of(tx, run_id)
    except NotFound:
        return ""
    tree = worktree_of(db, job, settings)
    if not tree.folder.exists():
        return ""
    diff = await service.diff_of(tree)
    await tree.save(f"{UNFINISHED}{job.bead.title}")
    return diff
