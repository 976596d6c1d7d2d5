"""From event to look: motivations are looked at soon after an event that one may wait for, and seldom in a storm."""

import asyncio

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from loom_app.events.record import EventRecord
from loom_app.kernel.log import get_logger
from loom_app.motivations.happenings import TYPES

log = get_logger(__name__)
LOOK_ON = TYPES | {"project.branch_red", "budget.alert", "budget.reached"}
"""Types of events after which a motivation may have to fire."""
LOOK_ON_ANY = ("milestone.", "motivation.created", "motivation.enabled", "motivation.updated")
"""The beginnings of others."""
REST_SECONDS = 2.0
"""How long the next look waits at least, however many events there are meanwhile."""


class MotivationKicks:
    """Hears the event log. A kick that is lost costs little: the clock ticks all the same."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._woken = asyncio.Event()

    def hear(self, batch: list[EventRecord]) -> None:
        """Asks for a look when an event matters."""
        if any(event.type in LOOK_ON or event.type.startswith(LOOK_ON_ANY) for event in batch):
            self._woken.set()

    async def follow(self) -> None:
        """Kicks for ever, once for all events that came while it rested."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            await self._kick()
            await asyncio.sleep(REST_SECONDS)

    async def _kick(self) -> None:
        try:
            await self._client.get_workflow_handle("MotivationWorkflow").signal("kick")
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                log.warning("kick lost; the clock will see to it", workflow="MotivationWorkflow", error=str(error))
