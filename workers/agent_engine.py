"""Temporal as the <temporal> language needs it."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowFailureError,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.common import Priority
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from loom_app.kernel.errors import Conflict, Invalid, LoomError, NotFound, Unavailable
from loom_app.temporal_language.engine import PREFIX, Start, Timed
from workers.contracts import WorkRef
from workers.starting import About, Starts

T = TypeVar("T")
PATIENCE = timedelta(seconds=5)
LEAST_CATCHUP, MOST_CATCHUP = 60.0, 86_400.0
"""Seconds for which a firing that was missed is made up for: about a period, a day at the most."""


class TemporalEngine:
    """The server behind `client`; everything it starts goes to the queue `queue`."""

    def __init__(self, client: Client, starts: Starts, queue: str) -> None:
        self._client, self._starts, self._queue = client, starts, queue

    async def start(self, wanted: Start) -> None:
        """Starts it, unless there is or was one of this id."""
        ref = WorkRef(source_id=wanted.instruction_id, timeout=wanted.timeout, retry=wanted.retry, wait=wanted.wait)
        about = About(wanted.summary[:200], project_id=wanted.project_id, agent_id=wanted.agent_id)
        starting = self._starts.start(
            wanted.type, ref, wanted.id, about, rpc_timeout=PATIENCE,
            priority=Priority(priority_key=wanted.priority or None),
        )  # fmt: skip
        try:
            await _asked(starting)
        except WorkflowAlreadyStartedError:
            return

    async def result(self, workflow_id: str, seconds: float) -> dict[str, Any] | None:
        """What it answered within `seconds`, None while it runs on."""
        handle = self._client.get_workflow_handle(workflow_id, result_type=dict)
        try:
            async with asyncio.timeout(seconds):
                found: dict[str, Any] = await _asked(handle.result())
        except TimeoutError:
            return None
        except WorkflowFailureError as error:
            raise Conflict(f"It failed: {_why(error)}", code="workflow_failed") from error
        return found

    async def query(self, workflow_id: str, type_: str) -> dict[str, Any]:
        """What it says when asked."""
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            found: dict[str, Any] = await _asked(handle.query(type_, result_type=dict, rpc_timeout=PATIENCE))
        except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
            raise Conflict(f"It does not answer: {error}.", code="query_failed") from error
        return found

    async def signal(self, workflow_id: str, name: str, instruction_id: str) -> None:
        """Tells it something."""
        await _asked(self._client.get_workflow_handle(workflow_id).signal(name, instruction_id, rpc_timeout=PATIENCE))

    async def cancel(self, workflow_id: str, run_id: str = "") -> None:
        """Asks it to end."""
        handle = self._client.get_workflow_handle(workflow_id, run_id=run_id or None)
        await _asked(handle.cancel(rpc_timeout=PATIENCE))

    async def put(self, wanted: Timed) -> None:
        """Makes the schedule, or has the one there is be as wanted."""
        schedule = self._schedule(wanted)

        async def as_wanted(_: ScheduleUpdateInput) -> ScheduleUpdate:
            return ScheduleUpdate(schedule)

        try:
            await _asked(self._client.create_schedule(wanted.id, schedule, rpc_timeout=PATIENCE))
        except ScheduleAlreadyRunningError:
            await _asked(self._client.get_schedule_handle(wanted.id).update(as_wanted, rpc_timeout=PATIENCE))

    async def drop(self, schedule_id: str) -> None:
        """Takes it away, if it is there."""
        try:
            await _asked(self._client.get_schedule_handle(schedule_id).delete(rpc_timeout=PATIENCE))
        except NotFound:
            return

    async def schedules(self) -> set[str]:
        """The ids of all schedules of agents."""
        return await _asked(self._listed())

    async def _listed(self) -> set[str]:
        found = await self._client.list_schedules(rpc_timeout=PATIENCE)
        return {each.id async for each in found if each.id.startswith(f"{PREFIX}/")}

    def _schedule(self, wanted: Timed) -> Schedule:
        every = timedelta(seconds=wanted.interval)
        ref = WorkRef(source_id=wanted.source_id, timeout=wanted.timeout, retry=wanted.retry)
        catchup = min(max(wanted.interval, LEAST_CATCHUP), MOST_CATCHUP)
        return Schedule(
            action=ScheduleActionStartWorkflow(
                wanted.type,
                ref,
                id=wanted.id,
                task_queue=self._queue,
                static_summary=wanted.summary[:200],
                typed_search_attributes=self._starts.marks(About("", wanted.project_id, agent_id=wanted.agent_id)),
            ),
            spec=ScheduleSpec(
                intervals=[ScheduleIntervalSpec(every, offset=timedelta(seconds=int(wanted.since % wanted.interval)))]
            ),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(seconds=catchup)),
        )


async def _asked(asking: Awaitable[T]) -> T:
    """What Temporal answers. Raises NotFound and Unavailable in words that agents can read."""
    try:
        return await asking
    except RPCError as error:
        raise _told(error) from error


def _told(error: RPCError) -> LoomError:
    if error.status == RPCStatusCode.NOT_FOUND:
        return NotFound("It is over, or there is no such thing any more. LIST shows what there is.", code="not_running")
    if error.status == RPCStatusCode.INVALID_ARGUMENT:
        return Invalid(f"Temporal does not take it: {error.message}.", code="temporal_refused")
    return Unavailable(f"Temporal does not answer: {error.message}.", code="temporal_away")


def _why(error: WorkflowFailureError) -> str:
    cause = error.cause
    inner = cause.cause if isinstance(cause, ActivityError) and cause.cause else cause
    return getattr(inner, "message", "") or str(inner)
