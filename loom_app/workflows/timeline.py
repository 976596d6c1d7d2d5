"""A workflow's history as steps: what was done, waited for and heard, without what was said."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import EventType, PendingActivityState, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflow.v1 import PendingActivityInfo

from loom_app.workflows.schemas import Step


def _marked(of: Any) -> str:
    """Which local activity a marker stands for, else what kind of marker it is."""
    parts = of.details["data"].payloads if "data" in of.details else []
    known = _read(parts[0].data) if parts else None
    return str(known["activity_type"]) if isinstance(known, dict) and "activity_type" in known else str(of.marker_name)


def _cause(of: Any) -> str:
    name = WorkflowTaskFailedCause.Name(of).removeprefix("WORKFLOW_TASK_FAILED_CAUSE_")
    return re.sub(r"_+", " ", name).lower()


def _seconds(of: Any) -> str:
    """A span of time as people say it."""
    seconds = of.total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:.3g} s" if seconds < 60 else f"{seconds / 60:.3g} min"


OPENS: dict[int, tuple[str, Callable[[Any], str]]] = {
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: ("activity", lambda of: of.activity_type.name),
    EventType.EVENT_TYPE_TIMER_STARTED: ("timer", lambda of: _seconds(of.start_to_fire_timeout.ToTimedelta())),
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: ("child", lambda of: of.workflow_type.name),
}
"""What begins a step that another event ends, and what it is called."""
CLOSES: dict[int, tuple[str, str]] = {
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: ("scheduled_event_id", "done"),
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED: ("scheduled_event_id", "failed"),
    EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT: ("scheduled_event_id", "timed out"),
    EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED: ("scheduled_event_id", "cancelled"),
    EventType.EVENT_TYPE_TIMER_FIRED: ("started_event_id", "over"),
    EventType.EVENT_TYPE_TIMER_CANCELED: ("started_event_id", "not needed"),
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED: ("initiated_event_id", "done"),
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED: ("initiated_event_id", "failed"),
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED: ("initiated_event_id", "cancelled"),
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TERMINATED: ("initiated_event_id", "ended by hand"),
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_TIMED_OUT: ("initiated_event_id", "timed out"),
}
"""What ends a step: where it names the event that began it, and with which outcome."""
MOMENTS: dict[int, tuple[str, Callable[[Any], str], str]] = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: ("began", lambda of: of.workflow_type.name, ""),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: ("signal", lambda of: of.signal_name, ""),
    EventType.EVENT_TYPE_MARKER_RECORDED: ("beat", _marked, "done"),
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED: ("fault", lambda of: _cause(of.cause), "failed"),
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT: ("fault", lambda _: "the worker did not answer in time", "timed out"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED: ("signal", lambda _: "cancel", ""),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: ("ended", lambda _: "completed", "done"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: ("ended", lambda _: "failed", "failed"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: ("ended", lambda _: "timed out", "timed out"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: ("ended", lambda _: "cancelled", "cancelled"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: ("ended", lambda _: "ended by hand", "cancelled"),
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: ("ended", lambda _: "goes on as new", "done"),
}
"""What is a step by itself: its kind, what it is called and its outcome."""


def steps(events: Iterable[HistoryEvent], pending: Iterable[PendingActivityInfo] = ()) -> list[Step]:
    """The steps of a history, oldest event first, or of its end. What is `pending` is told as it is now."""
    course = _Course()
    for event in events:
        course.read(event)
    for one in pending:
        course.note(one)
    return list(course.found.values())


class _Course:
    """Steps by the number of the event that begins them."""

    def __init__(self) -> None:
        self.found: dict[int, Step] = {}
        self._at_work: dict[str, Step] = {}

    def read(self, event: HistoryEvent) -> None:
        """One more event."""
        of: Any = getattr(event, event.WhichOneof("attributes") or "", None)
        if event.event_type in OPENS:
            self._open(event, of)
        elif event.event_type in CLOSES:
            place, outcome = CLOSES[event.event_type]
            if begun := self.found.get(getattr(of, place)):
                begun.outcome, begun.ended_at = outcome, _moment(event.event_time)
        elif event.event_type in MOMENTS:
            kind, name, outcome = MOMENTS[event.event_type]
            self.found[event.event_id] = step = _step(event, kind, name(of), outcome)
            step.ended_at = step.begun_at
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED and of.scheduled_event_id in self.found:
            self.found[of.scheduled_event_id].attempts = max(1, of.attempt)

    def note(self, one: PendingActivityInfo) -> None:
        """How an activity that is not over stands: history says that only at its end."""
        if step := self._at_work.get(one.activity_id):
            waits = one.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
            step.attempts, step.outcome = max(1, one.attempt), "retrying" if waits and one.attempt > 1 else "running"

    def _open(self, event: HistoryEvent, of: Any) -> None:
        kind, name = OPENS[event.event_type]
        self.found[event.event_id] = step = _step(event, kind, name(of), "running")
        if kind == "activity":
            self._at_work[of.activity_id] = step


def _step(event: HistoryEvent, kind: str, name: str, outcome: str) -> Step:
    summary = _text(event.user_metadata.summary.data)
    return Step(kind=kind, name=name, summary=summary, begun_at=_moment(event.event_time), outcome=outcome)


def _text(data: bytes) -> str:
    known = _read(data)
    return known if isinstance(known, str) else ""


def _read(data: bytes) -> Any:
    try:
        return json.loads(data) if data else None
    except ValueError:
        return None


def _moment(of: Timestamp) -> datetime:
    return of.ToDatetime(tzinfo=UTC)
