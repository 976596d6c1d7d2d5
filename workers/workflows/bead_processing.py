"""One run of one bead, turn by turn. The database holds what was said; this holds how far it has come."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from workers.contracts import RunFailure, RunRef, TurnOutcome, TurnRef

HEARTBEAT = timedelta(seconds=10)
RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=10), maximum_attempts=8
)


@workflow.defn(name="BeadProcessingWorkflow")
class BeadProcessingWorkflow:
    """Opens the run, then thinks and acts in turn until an activity says it is over."""

    def __init__(self) -> None:
        self._turn = 0

    @workflow.run
    async def run(self, ref: RunRef) -> str:
        """Answers why the run ended, as the activity that ended it says."""
        try:
            return await self._work(ref)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            cause = error.cause
            message = cause.message if isinstance(cause, ApplicationError) else str(cause or error)
            failure = RunFailure(run_id=ref.run_id, message=message)
            await workflow.execute_activity(
                "fail_run", failure, start_to_close_timeout=timedelta(minutes=2), retry_policy=RETRY
            )
            return "failed"

    @workflow.query
    def turn(self) -> int:
        """The turn being worked on."""
        return self._turn

    async def _work(self, ref: RunRef) -> str:
        step = timedelta(seconds=ref.turn_seconds + 60)
        outcome = await workflow.execute_activity(
            "open_run", ref, result_type=TurnOutcome, start_to_close_timeout=timedelta(minutes=20),
            heartbeat_timeout=HEARTBEAT, retry_policy=RETRY,
        )  # fmt: skip
        while not outcome.over:
            self._turn = outcome.next_turn
            turn = TurnRef(run_id=ref.run_id, number=outcome.next_turn)
            outcome = await workflow.execute_activity(
                "think", turn, result_type=TurnOutcome, start_to_close_timeout=step,
                heartbeat_timeout=HEARTBEAT, retry_policy=RETRY,
            )  # fmt: skip
            if not outcome.over:
                outcome = await workflow.execute_activity(
                    "act", turn, result_type=TurnOutcome, start_to_close_timeout=timedelta(hours=2),
                    heartbeat_timeout=HEARTBEAT, retry_policy=RETRY,
                )  # fmt: skip
        return "over"
