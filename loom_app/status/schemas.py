"""What the API tells of the system's state."""

from datetime import datetime

from loom_app.kernel.rest import Shown


class QueueView(Shown):
    """How many beads stand where. `ready` counts at most 200."""

    ready: int
    open: int
    in_progress: int
    blocked: int
    done: int


class ProcessView(Shown):
    """One program of Loom; `pid` while it lives."""

    name: str
    pid: int | None
    state: str
    restarts: int
    started_at: str | None
    last_exit: str | None


class FailureView(Shown):
    """A run that ended badly."""

    id: str
    bead_id: str
    agent_id: str
    status: str
    terminal_reason: str
    message: str
    ended_at: datetime


class LockedView(Shown):
    """Stored secrets that the present master key does not open; administrators are told the first."""

    count: int
    first: list[str]


class StatusView(Shown):
    """Whether work is given out, why not, and how programs and queue stand."""

    state: str
    reason: str
    updated_at: datetime
    queue: QueueView
    processes: list[ProcessView]
    last_failures: list[FailureView]
    locked_secrets: LockedView
