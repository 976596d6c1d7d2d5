"""One run of one bead, turn by turn. The database holds what was said; this holds how far it has come."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from workers.contracts import RunFailure, RunRef, TurnOutcome, TurnRef

HEARTBEAT = timedelta(seconds=10)
ACTING = timedelta(hours=2)
"""How long what a reply asks for may take."""
LOOK_FIRST, LOOK_SELDOM = timedelta(seconds=30), timedelta(minutes=10)
"""How long a run that rests waits for a signal before it looks by itself, at first and at most."""
RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=10), maximum_attempts=8
)


@workflow.defn(name="BeadProcessingWorkflow")
class BeadProcessingWorkflow:
    """Opens the run, then has turns taken until an activity says it is over."""

    def __init__(self) -> None:
        self._turn = 0
        self._steered = False

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

    @workflow.signal
    def steered(self) -> None:
        """A person wants something else of a run that rests; what, the database says."""
        self._steered = True

    @workflow.query
    def turn(self) -> int:
        """The turn that the work under way began with."""
        return self._turn

    async def _work(self, ref: RunRef) -> str:
        outcome = await workflow.execute_activity(
            "open_run", ref, result_type=TurnOutcome, start_to_close_timeout=timedelta(minutes=20),
            heartbeat_timeout=HEARTBEAT, retry_policy=RETRY,
        )  # fmt: skip
        wait = LOOK_FIRST
        while not outcome.over:
            self._turn, self._steered = outcome.next_turn, False
            outcome = await self._taken(ref, outcome.next_turn)
            wait = await self._rest(ref, wait) if outcome.paused else LOOK_FIRST
        return "over"

    async def _taken(self, ref: RunRef, number: int) -> TurnOutcome:
        turn, longest = TurnRef(run_id=ref.run_id, number=number), timedelta(seconds=ref.turn_seconds + 60)
        if workflow.patched("take-turns"):
            return await self._step("take_turns", turn, longest + ACTING, f"turns from {number} on")
        outcome = await self._step("think", turn, longest, f"turn {number}: the reply")
        if outcome.over or outcome.paused:
            return outcome
        return await self._step("act", turn, ACTING, f"turn {number}: its actions")

    async def _step(self, activity: str, turn: TurnRef, longest: timedelta, summary: str) -> TurnOutcome:
        outcome: TurnOutcome = await workflow.execute_activity(
            activity, turn, result_type=TurnOutcome, start_to_close_timeout=longest,
            heartbeat_timeout=HEARTBEAT, retry_policy=RETRY, summary=summary,
        )  # fmt: skip
        return outcome

    async def _rest(self, ref: RunRef, wait: timedelta) -> timedelta:
        """Waits for a signal, or until it is time to look; how long to wait the next time."""
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(ref)
        try:
            await workflow.wait_condition(lambda: self._steered, timeout=wait, timeout_summary="paused by a person")
        except TimeoutError:
            return min(wait * 2, LOOK_SELDOM)
        return LOOK_FIRST
