"""The shape of every control loop: a named singleton that ticks by the clock and at once when it is kicked."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from workers.contracts import Clock, ClockStatus

TICK = timedelta(seconds=120)
RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=5), maximum_attempts=5
)


class Ticking:
    """Calls one local activity per tick. What that answers is in how many seconds to tick again, 0 for the clock's."""

    activity: str
    longest = TICK
    """How long one tick may take."""

    def __init__(self) -> None:
        self._kicks = 0
        self._seen = 0
        self._ticks = 0
        self._last = ""

    @workflow.signal
    def kick(self) -> None:
        """Ticks now."""
        self._kicks += 1

    @workflow.query
    def status(self) -> ClockStatus:
        """What the loop has done since it last continued as new."""
        return ClockStatus(ticks=self._ticks, kicks=self._kicks, last=self._last)

    async def tick_for_ever(self, clock: Clock) -> None:
        """Ticks until it is time to continue as new."""
        for _ in range(clock.ticks):
            self._seen = self._kicks
            sooner = await self._tick()
            await self._wait(min(clock.seconds, sooner) if sooner > 0 else clock.seconds)
            if workflow.info().is_continue_as_new_suggested():
                break
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(clock)

    async def _tick(self) -> float:
        self._ticks += 1
        self._last = workflow.now().isoformat()
        try:
            sooner: float = await workflow.execute_local_activity(
                self.activity, start_to_close_timeout=self.longest, retry_policy=RETRY, result_type=float
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("tick failed, the next one tries again: %s", error.cause)
            return 0.0
        return sooner

    async def _wait(self, seconds: float) -> None:
        try:
            await workflow.wait_condition(lambda: self._kicks != self._seen, timeout=timedelta(seconds=seconds))
        except TimeoutError:
            return
