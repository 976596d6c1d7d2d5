"""What ran before still replays: one recorded history per workflow. LOOM_TEST_RECORD=1 records them anew."""

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
from tests.support.workshop import Workshop, acts, done, until, write
from workers.contracts import ClockStatus
from workers.main import WORKFLOWS

HISTORIES = Path(__file__).parent / "histories"
NAMES = [workflow.__name__ for workflow in WORKFLOWS]
RECORD = bool(os.environ.get("LOOM_TEST_RECORD"))


@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_history_replays(name: str) -> None:
    if RECORD:
        pytest.skip("recording")
    text = (HISTORIES / f"{name}.json").read_text()
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter)
    await replayer.replay_workflow(WorkflowHistory.from_json(name, text))


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
            **{name: name for name in NAMES if not name.startswith(("Bead", "Decision", "Bootstrap"))},
        }
        for name, workflow_id in ids.items():
            handle = temporal.get_workflow_handle(workflow_id)
            if name == workflow_id:
                await until(lambda handle=handle: _ticks(handle))  # type: ignore[misc]
            history = json.loads((await handle.fetch_history()).to_json())
            HISTORIES.mkdir(exist_ok=True)
            (HISTORIES / f"{name}.json").write_text(json.dumps(_without_names(history), indent=1) + "\n")


async def _ticks(handle: WorkflowHandle[Any, Any]) -> bool:
    if handle.id == "LoomHeartbeatWorkflow":
        return True
    return bool((await handle.query("status", result_type=ClockStatus)).ticks >= 3)


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
