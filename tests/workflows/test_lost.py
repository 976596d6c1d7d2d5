"""What is lost on Temporal's side, by hand or with its database, keeps nothing of Loom from going on."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from loom_app.kernel.clock import now
from tests.support.workshop import PROJECT, Workshop, until
from workers import main as worker
from workers.activities import clocks


async def test_clocks_that_were_ended_begin_again_and_a_decision_without_its_workflow_takes_its_default(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MASTER_SECONDS", 0.2)
    monkeypatch.setattr(worker, "CLOCKS_SECONDS", 0.2)
    monkeypatch.setattr(clocks, "OVERDUE", 0.1)
    due = (now() + timedelta(seconds=2)).isoformat()
    wanted = {"project_id": PROJECT, "question": "Salt?", "options": ["Yes", "No"], "default_option": "No"}
    async with workshop.run_worker():
        temporal = await workshop.temporal()
        made = await workshop.http.post("/api/v1/decisions", json={**wanted, "deadline": due})
        assert made.status_code == 201, made.text
        decision_id = made.json()["id"]

        async def state(workflow_id: str) -> Any:
            try:
                return await temporal.get_workflow_handle(workflow_id).describe()
            except RPCError:
                return None

        await until(lambda: state(decision_id), what="it has a workflow")
        await temporal.get_workflow_handle(decision_id).terminate()
        before = await state("DispatcherWorkflow")
        await temporal.get_workflow_handle("DispatcherWorkflow").terminate()

        async def ticks_again() -> bool:
            found = await state("DispatcherWorkflow")
            return bool(found.run_id != before.run_id and found.status == WorkflowExecutionStatus.RUNNING)

        async def over() -> Any:
            found = (await workshop.http.get(f"/api/v1/decisions/{decision_id}")).json()
            return found if found["status"] != "open" else None

        await until(ticks_again, 20)
        found = await until(over, 20)
    assert (found["status"], found["decision"]) == ("expired", "No")
