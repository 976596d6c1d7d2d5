"""Nothing a run writes counts unless it still holds its bead."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.models import BeadStatus
from loom_app.beads.tables import BEADS
from loom_app.kernel.columns import table
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.projects.models import Project, ProjectStatus
from loom_app.runs import lease, repository
from loom_app.runs.models import LIVE, Run

RUNS, PROJECTS = table(Run), table(Project)
T = TypeVar("T")
LOOK_SECONDS = 1.0


class RunStopped(Conflict):
    """Somebody stopped the run, or moved its bead; `message` says who wants what."""

    code = "run_stopped"


class RunTaken(RunStopped):
    """A person takes the run's work over."""

    code = "run_taken"


async def held(tx: AsyncSession, run_id: str, seconds: float) -> Run:
    """The live run, its lease renewed and locked to the end of `tx`. Raises LeaseLost when it is no longer ours."""
    run = await repository.get(tx, run_id)
    if run is None or run.status not in LIVE:
        raise lease.LeaseLost(f"Run {run_id} is over; nothing more is written in its name.")
    await lease.renew(tx, run.bead_id, run.token, seconds)
    return run


async def while_held(
    db: Database, run: Run, seconds: float, work: Coroutine[Any, Any, T], beat: Callable[[], None], *,
    look: Callable[[], Awaitable[None]] | None = None,
) -> T:  # fmt: skip
    """What `work` answers, with the lease renewed and `beat` called while it lasts.

    Cancels the work and raises RunStopped or LeaseLost as soon as the run is to end, and what `look` raises.
    """
    task = asyncio.ensure_future(work)
    clock = asyncio.get_running_loop().time
    renew_at = clock() + seconds / 3
    try:
        while not (await asyncio.wait([task], timeout=LOOK_SECONDS))[0]:
            beat()
            await _look(db, run)
            if look is not None:
                await look()
            if clock() >= renew_at:
                async with db.write() as tx:
                    await lease.renew(tx, run.bead_id, run.token, seconds)
                renew_at = clock() + seconds / 3
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def check(tx: AsyncSession, run_id: str) -> None:
    """Raises RunStopped when a person wants the run to end; a run that has just ended by itself is let be."""
    _judge((await tx.execute(_state(), {"run": run_id})).first())


async def may_go_on(tx: AsyncSession, run_id: str) -> bool:
    """Whether nobody wants the run to end."""
    try:
        await check(tx, run_id)
    except RunStopped:
        return False
    return True


@cache
def _state() -> Select[Any]:
    own = (RUNS.c.cancel_requested, RUNS.c.taken_by, RUNS.c.paired_with, RUNS.c.ended_at)
    wanted = (*own, BEADS.c.status, PROJECTS.c.status)
    names = ("cancel_requested", "taken_by", "paired_with", "ended_at", "bead", "project")
    columns = [column.label(name) for column, name in zip(wanted, names, strict=True)]
    joined = RUNS.join(BEADS, BEADS.c.id == RUNS.c.bead_id).join(PROJECTS, PROJECTS.c.id == RUNS.c.project_id)
    return select(*columns).select_from(joined).where(RUNS.c.id == bindparam("run"))


def _judge(row: Any) -> None:
    if row is None:
        raise RunStopped("The bead or the run was removed.")
    if row.ended_at is not None:
        return
    if row.cancel_requested:
        raise RunStopped("A person stopped this run.")
    if row.taken_by and not row.paired_with:
        raise RunTaken("A person takes it over.")
    if row.project == ProjectStatus.CLOSED:
        raise RunStopped("The project was closed.")
    if row.bead != BeadStatus.IN_PROGRESS and not row.paired_with:
        raise RunStopped(f"The bead was moved to {row.bead} while the run was on.")


async def _look(db: Database, run: Run) -> None:
    found = await db.glance(_state(), {"run": run.id})
    _judge(found[0] if found else None)
