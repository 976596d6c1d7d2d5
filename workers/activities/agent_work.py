"""The work of agents' workflows as an activity."""

from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from loom_app.kernel.cause import anew
from loom_app.kernel.errors import LoomError
from loom_app.temporal_language import firing
from workers.activities.deps import Deps
from workers.contracts import WorkStep


class AgentWorkActivities:
    """The activity of the workflows of the <temporal> language."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    @activity.defn(name="agent_work")
    async def agent_work(self, step: WorkStep) -> dict[str, Any]:
        """Does the work, or says that it was done. What cannot succeed is tried as often as RETRY says."""
        anew(request_id=step.called[:200])
        activity.heartbeat()
        try:
            return await firing.perform(self._deps.db, self._deps.settings, step.called, step.source_id)
        except LoomError as error:
            final = activity.info().attempt > step.retry
            raise ApplicationError(error.message, type=error.code, non_retryable=final) from error
