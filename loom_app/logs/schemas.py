"""What the API gives of the logs."""

from datetime import datetime

from loom_app.kernel.bodies import Shown


class LogLineView(Shown):
    """One line that a process logged, without secrets; what else it says stands in `metadata`."""

    seq: int
    timestamp: datetime
    level: str
    source: str
    logger: str
    message: str
    project_id: str | None
    bead_id: str | None
    agent_id: str | None
    run_id: str | None
    metadata: dict[str, str]


class LogPage(Shown):
    """The newest lines, newest first."""

    logs: list[LogLineView]
    count: int
