"""What ran before still replays, by recorded histories. LOOM_TEST_RECORD=1 records them anew.

A workflow that was changed keeps the histories of before beside the new one: such may be open wherever Loom runs.
"""

import json
import os
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from loom_app.beads.models import BeadStatus
from loom_app.config import Dispatch, ProviderSettings
from loom_app.runs.models import Run, RunStatus
from tests.support.workshop import Workshop, acts, done, until, write
from workers.contracts import ClockStatus
from workers.main import WORKFLOWS
from workers.workflows.agent_work import AGENT_WORK

HISTORIES = Path(__file__).parent / "histories"
NAMES = [workflow.__name__ for workflow in WORKFLOWS]
KEPT = sorted(file.stem for file in HISTORIES.glob("*.json"))
PAUSED = "BeadProcessingWorkflow-paused"
"""A run that rested between two turns, looked by itself, and was woken."""
SLOW = ("BackupWorkflow", "RetentionWorkflow")
"""Clocks whose second tick is too far off."""
OF_ONE_THING = ("Bead", "Decision", "Bootstrap")
WORK = tuple(workflow.__name__ for workflow in AGENT_WORK)
RECORD = bool(os.environ.get("LOOM_TEST_RECORD"))


@pytest.mark.parametrize("name", KEPT)
async def test_a_recorded_history_replays(name: str) -> None:
    if RECORD:
        pytest.skip("recording")
    text = (HISTORIES / f"{name}.json").read_text()
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter)
    await replayer.replay_workflow(WorkflowHistory.from_json(name, text))


def test_every_workflow_has_a_history() -> None:
    assert set(NAMES) <= set(KEPT)


@pytest.mark.skipif(not RECORD, reason="only when LOOM_TEST_RECORD is set")
async def test_record_the_histories(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Finish the dough")
    ask = {"type": "ask_followup", "question": "Salt?"}
    await workshop.say(bead_id, acts({"type": "read_tree"}), acts(write("dough.txt", "flour\n"), ask), acts(done()))
    often = {"dispatch": Dispatch(tick_seconds=0.2), "provider": ProviderSettings(heartbeat_seconds=0.2)}
    async with workshop.run_worker(workshop.settings.model_copy(update=often)):
        temporal = await workshop.temporal()
        await workshop.until_bead(bead_id, BeadStatus.BLOCKED)
        (decision,) = (await workshop.http.get("/api/v1/decisions")).json()
        answer = f"/api/v1/decisions/{decision['id']}/decide"
        await workshop.http.post(answer, json={"decision": "Yes."})
        await workshop.until_bead(bead_id)
        begun = await workshop.http.post(
            "/api/v1/projects/bootstrap?wait=30", json={"name": "Potluck", "prd_text": "# Potluck\n\n- Invite\n"}
        )
        assert begun.json()["status"] == "ready"
        ids = {
            "BootstrapWorkflow": f"bootstrap-{begun.json()['project_id']}-1",
            "BeadProcessingWorkflow": f"bead-{bead_id}-1",
            "DecisionWorkflow": decision["id"],
            **{
                name: name
                for name in NAMES
                if name not in WORK and not name.startswith(("Bead", "Decision", "Bootstrap"))
            },
        }
        for name, workflow_id in ids.items():
            handle = temporal.get_workflow_handle(workflow_id)
            if name == workflow_id:
                await until(lambda handle=handle: _ticks(handle))  # type: ignore[misc]
            history = json.loads((await handle.fetch_history()).to_json())
            _keep(name, history)


@pytest.mark.skipif(not RECORD, reason="only when LOOM_TEST_RECORD is set")
async def test_record_the_work_of_agents(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Plan the week")
    lines = [
        f'WORKFLOW: {name}\nINPUT: {{"after": "1s"{more}}}\nWORKFLOW_ID: {name}\nWAIT: true\nEND'
        for name in WORK[:-1]
        for more in [', "title": "Order yeast"' if name == "ScheduledBead" else ""]
    ]
    block = "\n".join(("<temporal>", *lines, "ACTIVITY: ReadyBeads", "END", "</temporal>"))
    await workshop.say(bead_id, {"reply": block}, acts(done()))
    async with workshop.run_worker():
        temporal = await workshop.temporal()
        await workshop.until_bead(bead_id)
        async for each in temporal.list_workflows():
            if each.workflow_type in WORK:
                handle = temporal.get_workflow_handle(each.id)
                _keep(each.workflow_type, json.loads((await handle.fetch_history()).to_json()))


@pytest.mark.skipif(not RECORD, reason="only when LOOM_TEST_RECORD is set")
async def test_record_a_run_that_rested(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Let the dough rest")
    await workshop.say(bead_id, {**acts(write("dough.txt", "flour\n")), "delay": 1}, acts(done()))
    async with workshop.run_worker():
        run = await until(lambda: _run_of(workshop, bead_id, paused=False))
        await workshop.http.post(f"/api/v1/runs/{run.id}/pause")
        await until(lambda: _run_of(workshop, bead_id, paused=True))
        handle = (await workshop.temporal()).get_workflow_handle(f"bead-{bead_id}-1")
        await handle.signal("steered")
        await until(lambda: _looks(handle))
        await workshop.http.post(f"/api/v1/runs/{run.id}/resume")
        await workshop.until_bead(bead_id)
        _keep(PAUSED, json.loads((await handle.fetch_history()).to_json()))


async def _run_of(workshop: Workshop, bead_id: str, *, paused: bool) -> Run | None:
    runs = await workshop.runs(bead_id)
    return runs[0] if runs and bool(runs[0].paused_at) is paused and runs[0].status == RunStatus.RUNNING else None


async def _looks(handle: WorkflowHandle[Any, Any]) -> bool:
    """Whether it has asked for its second turn more than once."""
    history = json.loads((await handle.fetch_history()).to_json())
    return json.dumps(history).count("EVENT_TYPE_TIMER_STARTED") >= 2


def _keep(name: str, history: Any) -> None:
    HISTORIES.mkdir(exist_ok=True)
    (HISTORIES / f"{name}.json").write_text(json.dumps(_without_names(history), indent=1) + "\n")


async def _ticks(handle: WorkflowHandle[Any, Any]) -> bool:
    if handle.id == "LoomHeartbeatWorkflow":
        return True
    ticks = (await handle.query("status", result_type=ClockStatus)).ticks
    return bool(ticks >= (1 if handle.id in SLOW else 3))


def _without_names(value: Any) -> Any:
    """The history without the names of the machine and of the processes that made it."""
    if isinstance(value, dict):
        return {key: "worker" if key == "identity" else _without_names(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_names(inner) for inner in value]
    return (
        re.sub(rf"(\d+@)?{re.escape(socket.gethostname())}(?=[-:])", "worker", value)
        if isinstance(value, str)
        else value
    )
