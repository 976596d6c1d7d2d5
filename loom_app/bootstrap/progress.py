"""One step taken, and how that went written down: work that stopped anywhere is simply taken again."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.bootstrap import repository, service
from loom_app.bootstrap.models import UNFINISHED, Bootstrap, BootstrapStatus, BootstrapStep, StepName, StepStatus
from loom_app.bootstrap.steps import STEPS
from loom_app.bootstrap.work import Done, Waits, Work
from loom_app.config import Settings
from loom_app.git.progress import Progress
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.cause import anew
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger

log = get_logger(__name__)
T = TypeVar("T")
LOOK_SECONDS = 1.0
FIRST_WAIT, LONGEST_WAIT, SAME_WAITS = 15.0, 600.0, 20
"""Seconds between two looks at what a person is to do: the first so many alike, then twice as long."""


class _Over(Exception):
    """The bootstrap is no longer to be worked on."""


@dataclass(frozen=True)
class Outcome:
    """What became of a step: done, to be taken again after `wait_seconds`, or, if `over`, the end of it all."""

    over: bool = False
    wait_seconds: float = 0.0


DONE, OVER = Outcome(), Outcome(over=True)


async def take(
    db: Database, settings: Settings, project_id: str, attempt: int, name: StepName, beat: Callable[[], None]
) -> Outcome:
    """Takes a step, calling `beat` meanwhile. What is done already is not done again."""
    async with db.write() as tx:
        entered = await _entered(tx, project_id, attempt, name)
    if isinstance(entered, Outcome):
        return entered
    anew(on_behalf_of=entered.created_by)
    work = Work(db, settings, project_id, entered.prd)
    mark = _Mark(db, project_id, attempt, name)
    try:
        done = await _watched(STEPS[name](work), mark, work, beat)
    except _Over:
        return OVER
    except Waits as waits:
        return await mark.waits(waits)
    except LoomError as error:
        log.info("bootstrap stops", project=project_id, step=name, why=error.message)
        return await mark.failed(error.message, str(error.extra.get("mend", "")))
    return await mark.done(done)


async def fail(db: Database, project_id: str, attempt: int, name: StepName, message: str) -> None:
    """Ends a bootstrap that our own fault keeps from going on."""
    await _Mark(db, project_id, attempt, name).failed(
        f"Loom itself failed: {message}", "Try again. If that does not help, the worker’s log says more."
    )


async def _entered(tx: AsyncSession, project_id: str, attempt: int, name: StepName) -> Bootstrap | Outcome:
    """The bootstrap, its step marked as at work; else why there is nothing to do."""
    row = await repository.get(tx, project_id, to_change=True)
    if row is None or row.attempt != attempt or row.status not in UNFINISHED:
        return OVER
    step = await tx.get_one(BootstrapStep, (project_id, name))
    if step.status == StepStatus.DONE:
        return DONE
    fresh = step.status == StepStatus.PENDING
    row.status, row.updated_at = BootstrapStatus.RUNNING, now()
    step.status, step.started_at = StepStatus.RUNNING, step.started_at or now()
    step.tries += 1
    if fresh:
        step.detail = step.error = step.mend = ""
        service.tell(tx, "bootstrap.step_changed", row, SYSTEM, step=name, step_status=step.status)
    return row


async def _watched(step: Coroutine[Any, Any, Done], mark: "_Mark", work: Work, beat: Callable[[], None]) -> Done:
    """What the step comes to. It is given up, with all git it started, when somebody calls the bootstrap off."""
    task = asyncio.ensure_future(step)
    told: Progress | None = None
    try:
        while not (await asyncio.wait([task], timeout=LOOK_SECONDS))[0]:
            beat()
            news, told = work.transfer if work.transfer != told else None, work.transfer
            await mark.look(news)
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class _Mark:
    """Writes down what became of one step of one attempt."""

    def __init__(self, db: Database, project_id: str, attempt: int, name: StepName) -> None:
        self._db, self._project_id, self._attempt, self._name = db, project_id, attempt, name

    async def look(self, transfer: Progress | None) -> None:
        """Notes how far a transfer is. Raises _Over when the step is not to go on."""
        async with self._db.read() as tx:
            row = await repository.get(tx, self._project_id)
        if row is None or row.attempt != self._attempt or row.status not in UNFINISHED:
            raise _Over
        if transfer is not None:
            await self._written(detail=f"{transfer.stage} {transfer.percent} %")

    async def done(self, done: Done) -> Outcome:
        """The step is through; with the last one the project is ready."""
        last = self._name == list(StepName)[-1]
        written = await self._written(
            StepStatus.DONE, BootstrapStatus.READY if last else None, detail=done.detail, error=done.warning,
            mend=done.mend,
        )  # fmt: skip
        return DONE if written else OVER

    async def waits(self, waits: Waits) -> Outcome:
        """The step waits for a person or for a host that is away."""
        tries = await self._written(
            StepStatus.WAITING, BootstrapStatus.WAITING, detail="", error=waits.message, mend=waits.mend
        )
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (min(tries, 1_000) // SAME_WAITS))
        return Outcome(wait_seconds=wait) if tries else OVER

    async def failed(self, message: str, mend: str) -> Outcome:
        """The step failed, and the bootstrap with it."""
        mend = mend or "Mend what is said above, then try again: it goes on from this step."
        await self._written(StepStatus.FAILED, BootstrapStatus.FAILED, detail="", error=message, mend=mend)
        return OVER

    async def _written(
        self, status: StepStatus | None = None, whole: BootstrapStatus | None = None, **texts: str
    ) -> int:
        """How often the step was tried; 0, and nothing written, when it is no longer ours."""
        async with self._db.write() as tx:
            row = await repository.get(tx, self._project_id, to_change=True)
            if row is None or row.attempt != self._attempt or row.status not in UNFINISHED:
                return 0
            step = await tx.get_one(BootstrapStep, (self._project_id, self._name))
            changed = _changed(step, {"status": status or step.status, **texts})
            row.status, row.updated_at = whole or row.status, now()
            if status in (StepStatus.DONE, StepStatus.FAILED):
                step.finished_at = now()
            if whole in (BootstrapStatus.READY, BootstrapStatus.FAILED):
                row.finished_at = now()
            if changed:
                service.tell(tx, "bootstrap.step_changed", row, SYSTEM, step=self._name, step_status=step.status)
            if whole == BootstrapStatus.READY:
                service.tell(tx, "bootstrap.finished", row, SYSTEM)
            return step.tries


def _changed(step: BootstrapStep, wanted: dict[str, str]) -> bool:
    """Whether `step` was otherwise than it is now."""
    before = step.model_dump(include=set(wanted))
    for name, value in wanted.items():
        setattr(step, name, value)
    return before != wanted
