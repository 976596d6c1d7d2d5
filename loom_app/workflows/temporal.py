"""What Temporal says of workflows. It may be away at any time: then whoever asks is told so, soon and in a sentence."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from urllib.parse import quote

from temporalio.api.common.v1 import WorkflowExecution as Named
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client, WorkflowExecution
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from loom_app.config import Settings
from loom_app.kernel.errors import Unavailable
from loom_app.supervisor.loom import reachable
from loom_app.workflows.schemas import Execution, History
from loom_app.workflows.timeline import steps

ANSWER_SECONDS = 3.0
AWAY_SECONDS = 5.0
"""How long one that did not answer is not asked again."""
MOST_EVENTS = 600
"""How much of a history is read, its end."""
MOST_OWN = 50
PROJECT = SearchAttributeKey.for_keyword("LoomProjectId")
T = TypeVar("T")


class Temporal:
    """The server's word on workflows, asked by the web process. Connects when it is first asked."""

    def __init__(self, of: Settings) -> None:
        self._of = of.temporal
        self._client: Client | None = None
        self._away_until, self._why = 0.0, ""

    async def seen(self, ids: Sequence[str]) -> dict[str, Execution]:
        """What it says of those workflows, the newest run of each. Raises Unavailable."""
        named = ", ".join(f"'{one}'" for one in ids if "'" not in one and "\\" not in one)
        if not named:
            return {}
        return {one.id: one for one in reversed(await self._listed(f"WorkflowId IN ({named})", 4 * len(ids)))}

    async def own(self, but: Sequence[str]) -> list[Execution]:
        """What runs that is of none of those types. Raises Unavailable."""
        types = ", ".join(f"'{one}'" for one in but)
        return await self._listed(f"ExecutionStatus = 'Running' AND WorkflowType NOT IN ({types})", MOST_OWN)

    async def history(self, workflow_id: str) -> History | None:
        """Its newest run with the end of its history; None when it knows no such workflow. Raises Unavailable."""
        return await self._ask(lambda client: self._history(client, workflow_id))

    async def _history(self, client: Client, workflow_id: str) -> History | None:
        try:
            described = await client.get_workflow_handle(workflow_id).describe()
            asked = GetWorkflowExecutionHistoryReverseRequest(
                namespace=client.namespace,
                execution=Named(workflow_id=workflow_id, run_id=described.run_id),
                maximum_page_size=MOST_EVENTS,
            )
            found = await client.workflow_service.get_workflow_execution_history_reverse(asked)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise
        pending = described.raw_description.pending_activities
        shown = steps(reversed(found.history.events), pending)
        return History(execution=self._told(described), steps=shown, cut=bool(found.next_page_token))

    async def _listed(self, query: str, most: int) -> list[Execution]:
        """The newest that fit, newest first."""

        async def work(client: Client) -> list[Execution]:
            return [self._told(one) async for one in client.list_workflows(query, limit=most)]

        return sorted(await self._ask(work), key=lambda one: one.started_at, reverse=True)

    def _told(self, one: WorkflowExecution) -> Execution:
        return Execution(
            id=one.id, type=one.workflow_type, status=one.status.name.lower() if one.status else "",
            run_id=one.run_id, project_id=one.typed_search_attributes.get(PROJECT) or "", events=one.history_length,
            started_at=one.start_time, closed_at=one.close_time, page=self._page(one.id, one.run_id),
        )  # fmt: skip

    def _page(self, workflow_id: str, run_id: str) -> str:
        if self._of.address:
            return ""
        root = f"http://{reachable(self._of.host)}:{self._of.ui_port}"
        return f"{root}/namespaces/{self._of.namespace}/workflows/{quote(workflow_id, safe='')}/{run_id}/history"

    async def _ask(self, work: Callable[[Client], Awaitable[T]]) -> T:
        if time.monotonic() < self._away_until:
            raise Unavailable(self._why, code="temporal_away")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await work(await self._connected())
        except (RPCError, RuntimeError, TimeoutError) as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            self._why = (
                f"Temporal does not answer at {self._of.target}: no work is given out, and nothing is lost. What is "
                "shown is what the database knows; when it is back, everything goes on by itself."
            )
            raise Unavailable(self._why, code="temporal_away") from error

    async def _connected(self) -> Client:
        if self._client is None:
            self._client = await Client.connect(self._of.target, namespace=self._of.namespace, lazy=True)
        return self._client
