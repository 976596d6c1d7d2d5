"""What the control loops do at each tick."""

import asyncio
from typing import Any

from sqlalchemy import Row
from temporalio import activity
from temporalio.exceptions import WorkflowAlreadyStartedError

from loom_app.agents import service as agents
from loom_app.beads import service as beads
from loom_app.decisions import pass_sweep
from loom_app.decisions import service as decisions
from loom_app.dispatch import service as dispatching
from loom_app.kernel.clock import now
from loom_app.kernel.errors import NotFound
from loom_app.kernel.log import get_logger
from loom_app.messages import service as messages
from loom_app.milestones import service as milestones
from loom_app.motivations import ticking
from loom_app.providers import health
from loom_app.providers.models import WORKING, Provider
from loom_app.runs import repository as runs
from loom_app.runs import sweep
from loom_app.runs.models import Run
from workers.activities.bootstrap import BootstrapActivities
from workers.activities.deps import Deps
from workers.contracts import DecisionRef, RunRef
from workers.starting import TASK, About

log = get_logger(__name__)
OVERDUE = 5.0
"""Seconds after its deadline from which a decision is taken to have a workflow that is gone or waits for too long."""


def _because(found: list[Provider]) -> str:
    """Why agents rest, in a sentence."""
    if not found:
        return "No provider is registered."
    return f"{found[0].name} does not answer: {found[0].last_heartbeat_error or found[0].status}"


class ClockActivities:
    """The activities of the clocks."""

    def __init__(self, deps: Deps) -> None:
        self._deps, self._bootstraps = deps, BootstrapActivities(deps)
        self._awaited: set[str] = set()
        """Decisions known to have a workflow: asking Temporal for each of a thousand at every tick takes too long."""

    @activity.defn(name="dispatch")
    async def dispatch(self) -> float:
        """One round of dispatch, and a workflow for each run that has none yet."""
        started: set[str] = set()
        async with asyncio.TaskGroup() as starts:

            def start(run: Row[Any] | Run) -> None:
                started.add(run.id)
                starts.create_task(self._start_run(run))

            await dispatching.dispatch(self._deps.db, self._deps.settings, start)
            async with self._deps.db.read() as tx:
                left = await runs.unstarted(tx)
            for run in left:
                if run.id not in started:
                    start(run)
        return 0.0

    @activity.defn(name="check_providers")
    async def check_providers(self) -> float:
        """Checks the providers, lets agents rest or resume, and asks for another look soon while one is unwell."""
        of = self._deps.settings
        found = await health.heartbeat_all(
            self._deps.db, self._deps.vault, budgets=of.budgets, every=of.provider.heartbeat_seconds,
            ask=await self._is_work(),
        )  # fmt: skip
        async with self._deps.db.write() as tx:
            if any(provider.status in WORKING for provider in found):
                await agents.resume_all_for_provider(tx)
            else:
                await agents.pause_all_for_provider(tx, _because(found))
        soon = [seconds for seconds in map(health.next_look, found) if seconds is not None]
        return min(soon, default=0.0)

    async def _is_work(self) -> bool:
        """Whether a bead waits for somebody to take it up."""
        async with self._deps.db.read() as tx:
            return bool(await beads.ready(tx, None, now(), 1))

    @activity.defn(name="motivate")
    async def motivate(self) -> float:
        """One look at every motivation; what is left over is due at the next."""
        await ticking.tick(self._deps.db, self._deps.settings)
        return 0.0

    @activity.defn(name="sweep")
    async def sweep(self) -> float:
        """What the master clock sees to: leases, decisions and bootstraps without a workflow, missed dates."""
        await dispatching.free_expired(self._deps.db, self._deps.settings)
        await sweep.remove_leftovers(self._deps.db, self._deps.settings)
        await milestones.note_missed(self._deps.db)
        await self._sweep_decisions()
        await self._forget_messages()
        await self._bootstraps.start_all()
        return 0.0

    async def _sweep_decisions(self) -> None:
        async with self._deps.db.read() as tx:
            untidy = await decisions.untidy(tx)
            stuck = await pass_sweep.stuck(tx)
            waiting = await decisions.waiting(tx)
        if stuck:
            async with self._deps.db.write() as tx:
                await pass_sweep.free(tx, stuck)
        if untidy:
            async with self._deps.db.write() as tx:
                await decisions.tidy(tx, untidy)
        self._awaited &= {decision_id for decision_id, _ in waiting}
        for decision_id, seconds in waiting:
            if decision_id not in self._awaited:
                await self.await_decision(decision_id)
            elif seconds < -OVERDUE:
                async with self._deps.db.write() as tx:
                    await decisions.due(tx, decision_id)

    async def _forget_messages(self) -> None:
        async with self._deps.db.read() as tx:
            overdue = await messages.overdue(tx)
        if overdue:
            async with self._deps.db.write() as tx:
                await messages.forget_old(tx)

    async def await_decision(self, decision_id: str) -> None:
        """A workflow that waits for the decision, unless there is one."""
        async with self._deps.db.read() as tx:
            try:
                decision = await decisions.get(tx, decision_id)
            except NotFound:  # it went with its project
                return
        ref = DecisionRef(decision_id=decision_id, seconds=(decision.deadline - now()).total_seconds())
        about = About(
            f"{decision.kind} on {decision.bead_id or decision.project_id}",
            project_id=decision.project_id, bead_id=decision.bead_id,
        )  # fmt: skip
        await self._start("DecisionWorkflow", ref, decision_id, about)
        self._awaited.add(decision_id)

    async def _start_run(self, run: Row[Any] | Run) -> None:
        ref = RunRef(run_id=run.id, bead_id=run.bead_id, turn_seconds=self._deps.settings.runs.turn_seconds)
        about = About(
            f"{run.bead_id} by {run.agent_id}",
            project_id=run.project_id, bead_id=run.bead_id, agent_id=run.agent_id,
        )  # fmt: skip
        await self._start("BeadProcessingWorkflow", ref, f"bead-{run.bead_id}-{run.token}", about)

    async def _start(self, workflow: str, argument: RunRef | DecisionRef, workflow_id: str, about: About) -> None:
        """Starts a workflow once, however often it is asked to."""
        try:
            await self._deps.starts.start(
                workflow, argument, workflow_id, about, request_eager_start=True, task_timeout=TASK
            )
        except WorkflowAlreadyStartedError:
            log.debug("workflow was started before", workflow=workflow_id)
