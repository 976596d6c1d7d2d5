"""A project begun from a PRD, step by step. The database says how far it is; this sees to the next step."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from workers.contracts import BootstrapRef, StepFailure, StepOutcome, StepRef

HEARTBEAT = timedelta(seconds=10)
LONGEST = timedelta(hours=3)
RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=10), maximum_attempts=8
)


@workflow.defn(name="BootstrapWorkflow")
class BootstrapWorkflow:
    """Takes the steps in order; one that waits for a person is taken again after a while, or when somebody says so."""

    def __init__(self) -> None:
        self._looks = 0

    @workflow.signal
    def look(self) -> None:
        """Something has changed: a person has done their part, or called it off."""
        self._looks += 1

    @workflow.run
    async def run(self, ref: BootstrapRef) -> str:
        """Answers "ready", or "over" when a step said that nothing is left to do."""
        for step in ref.steps:
            if not await self._taken(ref, step):
                return "over"
        return "ready"

    async def _taken(self, ref: BootstrapRef, step: str) -> bool:
        """Whether the next step may follow."""
        while True:
            seen = self._looks
            outcome = await self._attempt(StepRef(project_id=ref.project_id, attempt=ref.attempt, step=step))
            if outcome.wait_seconds <= 0:
                return not outcome.over
            await self._wait(seen, outcome.wait_seconds)
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(ref)

    async def _attempt(self, step: StepRef) -> StepOutcome:
        try:
            outcome: StepOutcome = await workflow.execute_activity(
                "take_step", step, result_type=StepOutcome, start_to_close_timeout=LONGEST,
                heartbeat_timeout=HEARTBEAT, retry_policy=RETRY, summary=step.step,
            )  # fmt: skip
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            cause = error.cause
            message = cause.message if isinstance(cause, ApplicationError) else str(cause or error)
            failure = StepFailure(**step.model_dump(), message=message)
            await workflow.execute_activity(
                "fail_step", failure, start_to_close_timeout=timedelta(minutes=2), retry_policy=RETRY
            )
            return StepOutcome(over=True)
        return outcome

    async def _wait(self, seen: int, seconds: float) -> None:
        try:
            await workflow.wait_condition(
                lambda: self._looks != seen, timeout=timedelta(seconds=seconds), timeout_summary="a person's part"
            )
        except TimeoutError:
            return
