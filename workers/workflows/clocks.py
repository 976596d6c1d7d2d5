"""The control loops of Loom, each a looping singleton under its own name."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workers.contracts import Clock
    from workers.workflows.clock import Ticking


@workflow.defn(name="LoomHeartbeatWorkflow")
class LoomHeartbeatWorkflow(Ticking):
    """The master clock: expired leases, overdue decisions, leftovers."""

    activity = "sweep"

    @workflow.run
    async def run(self, clock: Clock) -> None:
        """Ticks for ever."""
        await self.tick_for_ever(clock)


@workflow.defn(name="DispatcherWorkflow")
class DispatcherWorkflow(Ticking):
    """Gives ready beads to idle agents: at once when events say so, by the clock when they were lost."""

    activity = "dispatch"

    @workflow.run
    async def run(self, clock: Clock) -> None:
        """Ticks for ever."""
        await self.tick_for_ever(clock)


@workflow.defn(name="ProviderHeartbeatWorkflow")
class ProviderHeartbeatWorkflow(Ticking):
    """Asks every provider whether it is well; agents rest while none is."""

    activity = "check_providers"

    @workflow.run
    async def run(self, clock: Clock) -> None:
        """Ticks for ever."""
        await self.tick_for_ever(clock)


@workflow.defn(name="MotivationWorkflow")
class MotivationWorkflow(Ticking):
    """Looks at every motivation: by the clock, and soon after an event that one may wait for."""

    activity = "motivate"

    @workflow.run
    async def run(self, clock: Clock) -> None:
        """Ticks for ever."""
        await self.tick_for_ever(clock)


@workflow.defn(name="BackupWorkflow")
class BackupWorkflow(Ticking):
    """Has the database copied when its newest copy is old enough."""

    activity = "back_up"
    longest = timedelta(hours=2)

    @workflow.run
    async def run(self, clock: Clock) -> None:
        """Ticks for ever."""
        await self.tick_for_ever(clock)


@workflow.defn(name="RetentionWorkflow")
class RetentionWorkflow(Ticking):
    """Has forgotten what the settings say is old enough."""

    activity = "forget"
    longest = timedelta(hours=1)

    @workflow.run
    async def run(self, clock: Clock) -> None:
        """Ticks for ever."""
        await self.tick_for_ever(clock)
