"""From event to kick: which control loop an event wakes, and the workflows that wait for a decision."""

from collections.abc import Callable

from temporalio.service import RPCError, RPCStatusCode

from loom_app.beads.models import BeadStatus
from loom_app.decisions import needing
from loom_app.events.record import EventRecord
from loom_app.kernel.log import get_logger
from loom_app.runs import steering
from workers.activities.bootstrap import BootstrapActivities
from workers.activities.clocks import ClockActivities
from workers.activities.deps import Deps

log = get_logger(__name__)

DISPATCH_ON = ("bead.", "agent.", "project.", "run.ended", "decision.resolved", "provider.")
"""Beginnings of the types of events after which there may be work to give out."""

PROVIDERS_ON = ("provider.registered", "provider.updated")
"""Types of events after which a provider is to be checked, unless the check itself caused them."""

WAITING_ON = {"decision.resolved": "resolved", "decision.updated": "changed", "decision.delegated": "changed"}
"""What the workflow that waits for a decision is told after an event."""

STEERED_ON = ("run.resumed", "run.cancel_requested", "run.take_over_requested")
"""Types of events after which a run that rests is to look at once."""

BOOTSTRAP_ON = ("bootstrap.started", "bootstrap.retried", "bootstrap.cancelled")
"""Types of events after which the workflow of a bootstrap is to look at once."""


class Kicks:
    """Hears the event log. A kick that fails costs little: the clocks tick all the same."""

    def __init__(self, deps: Deps, *also: Callable[[list[EventRecord]], None]) -> None:
        self._deps, self._also = deps, also
        self._clocks, self._bootstraps = ClockActivities(deps), BootstrapActivities(deps)

    async def hear(self, batch: list[EventRecord]) -> None:
        """Kicks each loop at most once for the whole batch."""
        for also in self._also:
            also(batch)
        for event in batch:
            if event.type == "bead.status_change" and event.data.get("to") == BeadStatus.BLOCKED:
                await self._ask_if_needed(event)
        if not self._deps.settings.dispatch.follow_events:
            return
        if any(event.type.startswith(DISPATCH_ON) for event in batch):
            await self._signal("DispatcherWorkflow", "kick")
        if any(event.type in PROVIDERS_ON and event.actor_kind != "system" for event in batch):
            await self._signal("ProviderHeartbeatWorkflow", "kick")
        for event in batch:
            await self._wake(event)

    async def _wake(self, event: EventRecord) -> None:
        """Tells the workflow that is about what the event is about."""
        if event.type == "decision.created":
            await self._await_decision(str(event.data["decision_id"]))
        elif event.type in WAITING_ON:
            await self._signal(str(event.data["decision_id"]), WAITING_ON[event.type])
        elif event.type in STEERED_ON:
            await self._signal(f"bead-{event.subject_id}-{event.data['token']}", "steered")
        elif event.type == "bead.status_change" and event.data.get("from") == BeadStatus.IN_PROGRESS:
            await self._wake_resting(bead_id=str(event.subject_id))
        elif event.type == "project.closed":
            await self._wake_resting(project_id=str(event.project_id))
        elif event.type in BOOTSTRAP_ON:
            await self._bootstrap(str(event.project_id), int(event.data["attempt"]))

    async def _wake_resting(self, *, bead_id: str = "", project_id: str = "") -> None:
        """Has runs that rest see that their bead was moved or their project closed."""
        async with self._deps.db.read() as tx:
            found = await steering.resting(tx, bead_id=bead_id, project_id=project_id)
        for bead, token in found:
            await self._signal(f"bead-{bead}-{token}", "steered")

    async def _ask_if_needed(self, event: EventRecord) -> None:
        """Asks people about a bead that was blocked because it needs one."""
        if not needing.needs_a_person(str(event.data.get("reason", ""))) or event.subject_id is None:
            return
        async with self._deps.db.write() as tx:
            await needing.ask_about(tx, event.subject_id, event.actor_id)

    async def _await_decision(self, decision_id: str) -> None:
        try:
            await self._clocks.await_decision(decision_id)
        except RPCError as error:
            log.warning(
                "decision waits without a workflow until the next sweep", decision=decision_id, error=str(error)
            )

    async def _bootstrap(self, project_id: str, attempt: int) -> None:
        try:
            await self._bootstraps.start(project_id, attempt, look=True)
        except RPCError as error:
            log.warning("bootstrap waits for the next sweep", project=project_id, error=str(error))

    async def _signal(self, workflow_id: str, signal: str) -> None:
        try:
            await self._deps.client.get_workflow_handle(workflow_id).signal(signal)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                log.warning("kick lost; the clock will see to it", workflow=workflow_id, error=str(error))
