"""The steps of bootstraps as activities, and the workflow that takes them."""

from temporalio import activity

from loom_app.bootstrap import progress, service
from loom_app.bootstrap.models import StepName
from workers.activities.deps import Deps
from workers.contracts import BootstrapRef, StepFailure, StepOutcome, StepRef
from workers.starting import AGAIN, TASK, About


class BootstrapActivities:
    """The activities of BootstrapWorkflow."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    @activity.defn(name="take_step")
    async def take_step(self, ref: StepRef) -> StepOutcome:
        """Takes one step, or says that it is done or no longer wanted."""
        done = await progress.take(
            self._deps.db, self._deps.settings, ref.project_id, ref.attempt, StepName(ref.step), activity.heartbeat
        )
        return StepOutcome(over=done.over, wait_seconds=done.wait_seconds)

    @activity.defn(name="fail_step")
    async def fail_step(self, failure: StepFailure) -> None:
        """Ends a bootstrap that our own fault keeps from going on."""
        step = StepName(failure.step)
        await progress.fail(self._deps.db, failure.project_id, failure.attempt, step, failure.message)

    async def start_all(self) -> None:
        """A workflow for every bootstrap under way that has none: a word that was lost, or a Temporal begun anew."""
        async with self._deps.db.read() as tx:
            waiting = await service.unfinished(tx)
        for row in waiting:
            await self.start(row.project_id, row.attempt)

    async def start(self, project_id: str, attempt: int, *, look: bool = False) -> None:
        """The workflow of an attempt, started unless it runs; with `look` it looks at once at what it waits for."""
        await self._deps.starts.start(
            "BootstrapWorkflow",
            BootstrapRef(project_id=project_id, attempt=attempt, steps=list(StepName)),
            f"bootstrap-{project_id}-{attempt}",
            About(f"project {project_id}, attempt {attempt}", project_id=project_id),
            reuse=AGAIN,
            start_signal="look" if look else None,
            task_timeout=TASK,
        )
