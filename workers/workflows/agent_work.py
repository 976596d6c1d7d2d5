"""Work that agents asked for with the <temporal> language, each kind under its own name. The database says what."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workers.contracts import WorkRef, WorkStep

HEARTBEAT = timedelta(seconds=20)
LONGEST = timedelta(days=7)
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


class AgentWork:
    """Waits as long as it is to, then has the work done once. A signal has it begin at once, or end without."""

    def __init__(self) -> None:
        self._state = "waiting"
        self._now = self._stop = False
        self._result: dict[str, Any] = {}

    @workflow.signal
    def now(self, _instruction_id: str) -> None:
        """Waits no longer."""
        self._now = True

    @workflow.signal
    def stop(self, _instruction_id: str) -> None:
        """Ends without working, unless it works already."""
        self._stop = True

    @workflow.query
    def get_status(self) -> dict[str, Any]:
        """How far it is: waiting, working, done or stopped."""
        return {"status": self._state}

    @workflow.query
    def get_result(self) -> dict[str, Any]:
        """What it brought about, as far as it has."""
        return {"status": self._state, "result": self._result}

    async def work(self, ref: WorkRef) -> dict[str, Any]:
        """What the work brought about."""
        if ref.wait > 0:
            await self._wait(ref.wait)
        if self._stop:
            self._state = "stopped"
            return {"status": "stopped"}
        self._state = "working"
        step = WorkStep(called=workflow.info().workflow_id, source_id=ref.source_id, retry=ref.retry)
        self._result = await workflow.execute_activity(
            "agent_work", step, result_type=dict, start_to_close_timeout=timedelta(seconds=ref.timeout),
            schedule_to_close_timeout=LONGEST, heartbeat_timeout=HEARTBEAT, retry_policy=RETRY,
        )  # fmt: skip
        self._state = "done"
        return self._result

    async def _wait(self, seconds: float) -> None:
        try:
            await workflow.wait_condition(lambda: self._now or self._stop, timeout=timedelta(seconds=seconds))
        except TimeoutError:
            return


@workflow.defn(name="ScheduledBead")
class ScheduledBead(AgentWork):
    """Files a bead."""

    @workflow.run
    async def run(self, ref: WorkRef) -> dict[str, Any]:
        """The bead it filed."""
        return await self.work(ref)


@workflow.defn(name="NightlyCheck")
class NightlyCheck(AgentWork):
    """Files a bead for a look at the whole project."""

    @workflow.run
    async def run(self, ref: WorkRef) -> dict[str, Any]:
        """The bead it filed."""
        return await self.work(ref)


@workflow.defn(name="ProjectTests")
class ProjectTests(AgentWork):
    """Files a bead for a run of all tests."""

    @workflow.run
    async def run(self, ref: WorkRef) -> dict[str, Any]:
        """The bead it filed."""
        return await self.work(ref)


@workflow.defn(name="ReadinessCheck")
class ReadinessCheck(AgentWork):
    """Looks at a project's repository."""

    @workflow.run
    async def run(self, ref: WorkRef) -> dict[str, Any]:
        """How the project stands."""
        return await self.work(ref)


@workflow.defn(name="AgentActivity")
class AgentActivity(AgentWork):
    """One activity that an agent asked for."""

    @workflow.run
    async def run(self, ref: WorkRef) -> dict[str, Any]:
        """What it found."""
        return await self.work(ref)


AGENT_WORK: Sequence[type[AgentWork]] = (ScheduledBead, NightlyCheck, ProjectTests, ReadinessCheck, AgentActivity)
