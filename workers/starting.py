"""How workflows are started: once, and so that Temporal's own pages tell under its name what each is about."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from loom_app.kernel.log import get_logger
from loom_app.supervisor.loom import SEARCH_ATTRIBUTES

log = get_logger(__name__)
KEYS = tuple(SearchAttributeKey.for_keyword(name) for name in SEARCH_ATTRIBUTES)
KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
TAKEN_IN_SECONDS = 5.0
"""How long a server may take until it knows the attributes it has just been given."""
LOOK_SECONDS = 0.05
ONCE = WorkflowIDReusePolicy.REJECT_DUPLICATE
AGAIN = WorkflowIDReusePolicy.ALLOW_DUPLICATE
TASK = timedelta(seconds=30)
"""How long one step of a workflow may take where a machine is very busy."""


@dataclass(frozen=True)
class About:
    """What a workflow is about, for whoever looks at Temporal's pages: ids and never content."""

    summary: str
    project_id: str = ""
    bead_id: str = ""
    agent_id: str = ""
    clock: str = ""

    def marks(self, known: frozenset[str]) -> TypedSearchAttributes:
        """What is filled, as search attributes of those a server knows."""
        values = (self.project_id, self.bead_id, self.agent_id, self.clock)
        filled = [(key, value) for key, value in zip(KEYS, values, strict=True) if value and key.name in known]
        return TypedSearchAttributes([SearchAttributePair(key, value) for key, value in filled])


class Starts:
    """Starts workflows. A server that takes none of our search attributes runs them all the same."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client, self._queue = client, task_queue
        self._known: frozenset[str] = frozenset()

    async def learn(self) -> None:
        """Has the server know our search attributes, and notes which it does."""
        try:
            self._known = await self._listed()
            if len(self._known) < len(KEYS):
                await self._register()
                self._known = frozenset(SEARCH_ATTRIBUTES)
        except (RPCError, TimeoutError) as error:
            log.warning("Temporal's pages cannot be searched by bead, project and agent", error=str(error))

    def marks(self, about: About) -> TypedSearchAttributes:
        """The search attributes of what is about this, of those that the server knows."""
        return about.marks(self._known)

    async def start(
        self, workflow: str, argument: BaseModel, workflow_id: str, about: About, *,
        reuse: WorkflowIDReusePolicy = ONCE, **more: Any,
    ) -> None:  # fmt: skip
        """Starts it unless it runs. Raises WorkflowAlreadyStartedError for one that is over and `reuse` leaves so."""
        told: dict[str, Any] = {
            "id": workflow_id, "task_queue": self._queue, "id_reuse_policy": reuse,
            "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING, "static_summary": about.summary, **more,
        }  # fmt: skip
        marks = self.marks(about)
        try:
            await self._client.start_workflow(workflow, argument, search_attributes=marks, **told)
        except RPCError as error:
            if error.status != RPCStatusCode.INVALID_ARGUMENT or not len(marks):
                raise
            log.warning("Temporal does not know our search attributes any more", error=str(error))
            self._known = frozenset()
            await self._client.start_workflow(workflow, argument, **told)

    async def _register(self) -> None:
        wanted = dict.fromkeys(SEARCH_ATTRIBUTES, KEYWORD)
        asked = AddSearchAttributesRequest(namespace=self._client.namespace, search_attributes=wanted)
        await self._client.operator_service.add_search_attributes(asked)
        async with asyncio.timeout(TAKEN_IN_SECONDS):
            while not await self._takes_them():  # noqa: ASYNC110 - another process
                await asyncio.sleep(LOOK_SECONDS)

    async def _listed(self) -> frozenset[str]:
        listed = await self._client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=self._client.namespace)
        )
        return frozenset(SEARCH_ATTRIBUTES) & frozenset(listed.custom_attributes)

    async def _takes_them(self) -> bool:
        asked = " AND ".join(f"{name} = 'x'" for name in SEARCH_ATTRIBUTES)
        try:
            await self._client.count_workflows(asked)
        except RPCError as error:
            if error.status != RPCStatusCode.INVALID_ARGUMENT:
                raise
            return False
        return True
