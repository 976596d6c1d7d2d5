"""The wait for an answer over days, on Temporal's own server with its time turned on."""

from collections.abc import AsyncIterator

import pytest
from temporalio import activity
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from loom_app.supervisor.loom import temporal_binary
from workers.contracts import DecisionRef
from workers.workflows.decision import DecisionWorkflow

DAY = 86_400.0
SKIPPING = ["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"]
QUEUE = "decisions"


class Deadlines:
    """Stands for the database: what is left at each look."""

    def __init__(self) -> None:
        self.left: list[float | None] = []
        self.looks = 0

    @activity.defn(name="expire_decision")
    async def look(self, ref: DecisionRef) -> float | None:
        self.looks += 1
        return self.left.pop(0)


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=temporal_binary(),
        dev_server_extra_args=SKIPPING,
        data_converter=pydantic_data_converter,
    ) as started:
        yield started


async def test_days_pass_and_a_later_deadline_is_waited_for(environment: WorkflowEnvironment) -> None:
    assert await _waited(environment, "two days", 2 * DAY, [None]) == ("expired", 1)
    assert await _waited(environment, "extended", 2 * DAY, [7 * DAY, 1.0, None]) == ("expired", 3)


async def _waited(
    environment: WorkflowEnvironment, name: str, seconds: float, left: list[float | None]
) -> tuple[str, int]:
    seen = Deadlines()
    seen.left = left
    async with Worker(environment.client, task_queue=QUEUE, workflows=[DecisionWorkflow], activities=[seen.look]):
        ref = DecisionRef(decision_id=name, seconds=seconds)
        result = await environment.client.execute_workflow(DecisionWorkflow.run, ref, id=name, task_queue=QUEUE)
    return result, seen.looks
