"""A question to a person: waits for the answer or the deadline, whichever comes first and wherever that moves."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workers.contracts import DecisionRef


@workflow.defn(name="DecisionWorkflow")
class DecisionWorkflow:
    """The answer itself is in the database; the signal only says that it is there."""

    def __init__(self) -> None:
        self._resolved = False
        self._changed = False

    @workflow.run
    async def run(self, ref: DecisionRef) -> str:
        """Answers "decided", or "expired" when the default was taken."""
        left: float | None = ref.seconds
        while left is not None:
            await self._wait(max(left, 0.01))
            if self._resolved:
                return "decided"
            self._changed = False
            left = await workflow.execute_activity(
                "expire_decision", ref, start_to_close_timeout=timedelta(minutes=1),
                result_type=float | None,  # type: ignore[arg-type]  # read by pydantic, which knows what a type is
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
            )  # fmt: skip
        return "expired"

    @workflow.signal
    def resolved(self) -> None:
        """The database has an answer."""
        self._resolved = True

    @workflow.signal
    def changed(self) -> None:
        """The deadline may be another one now."""
        self._changed = True

    async def _wait(self, seconds: float) -> None:
        try:
            await workflow.wait_condition(
                lambda: self._resolved or self._changed,
                timeout=timedelta(seconds=seconds),
                timeout_summary="the deadline",
            )
        except TimeoutError:
            return
