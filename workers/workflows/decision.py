"""A question to a person: waits for the answer or the deadline, whichever comes first."""

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

    @workflow.run
    async def run(self, ref: DecisionRef) -> str:
        """Answers "decided", or "expired" when the default was taken."""
        try:
            await workflow.wait_condition(lambda: self._resolved, timeout=timedelta(seconds=max(ref.seconds, 0.01)))
        except TimeoutError:
            await workflow.execute_activity(
                "expire_decision", ref, start_to_close_timeout=timedelta(minutes=1),
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
            )  # fmt: skip
            return "expired"
        return "decided"

    @workflow.signal
    def resolved(self) -> None:
        """The database has an answer."""
        self._resolved = True
