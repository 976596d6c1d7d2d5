"""What agents start with the <temporal> language runs in a real Temporal, and goes on over restarts."""

import json
from typing import Any

from loom_app.temporal_language import schedules
from tests.support.workshop import PROJECT, Workshop, acts, done, until

NIGHTLY = (
    '<temporal>\nSCHEDULE: nightly\n  TYPE: NightlyCheck\n  INTERVAL: 24h\n  INPUT: {"focus": "the oven"}\nEND\n'
    "ACTIVITY: ProjectStatus\nEND\nWORKFLOW: ScheduledBead\n"
    '  INPUT: {"title": "Order yeast", "after": "8h"}\n  WORKFLOW_ID: yeast\nEND\n</temporal>'
)
LATER = "<temporal>\nQUERY: yeast\n  TYPE: get_status\nEND\nSIGNAL: yeast\n  NAME: now\nEND\nLIST\n</temporal>"


async def test_an_agent_schedules_its_own_nightly_check_and_the_worker_restarts_in_between(workshop: Workshop) -> None:
    (agent_id,) = await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Look after the oven")
    first = json.dumps({"actions": [{"type": "git_log", "max_count": 1}], "notes": f"For later.\n\n{NIGHTLY}"})
    await workshop.say(bead_id, {"reply": first}, {"reply": LATER}, acts(done()))
    async with workshop.run_worker():
        await workshop.until_bead(bead_id)
        await until(lambda: _titled(workshop, "Order yeast"), 30)
    (run,) = await workshop.runs(bead_id)
    turns = (await workshop.detail(run.id))["turns"]
    assert not any("<temporal>" in (turn["reply"] or "") for turn in turns)
    assert json.loads(turns[0]["reply"])["notes"] == "For later.\n"
    assert '"every": "24h"' in turns[1]["prompt"]
    assert '"in_progress": 1' in turns[1]["prompt"]
    assert '"status": "waiting"' in turns[2]["prompt"]
    assert turns[1]["fault"] == ""
    async with workshop.run_worker():
        handle = (await workshop.temporal()).get_schedule_handle(await _scheduled(workshop))
        action: Any = (await handle.describe()).schedule.action
        marks = action.typed_search_attributes
        assert {pair.key.name: pair.value for pair in marks} == {"LoomProjectId": PROJECT, "LoomAgent": agent_id}
        await handle.trigger()
        check = await until(lambda: _titled(workshop, "Check of Kitchen"), 30)
        assert (check["assigned_to"], "the oven" in check["description"]) == (agent_id, True)
        (row,) = (await workshop.http.get("/api/v1/temporal/schedules")).json()["schedules"]
        assert (await workshop.http.delete(f"/api/v1/temporal/schedules/{row['id']}")).status_code == 200
        await until(lambda: _gone(workshop), 30)
    told = (await workshop.http.get("/api/v1/temporal/executions", params={"project_id": PROJECT})).json()
    assert told["count"] == 2
    assert all(result["success"] for each in told["executions"] for result in each["results"])


async def _titled(workshop: Workshop, title: str) -> dict[str, Any] | None:
    found = (await workshop.http.get("/api/v1/beads", params={"project_id": PROJECT})).json()
    return next((bead for bead in found if bead["title"] == title), None)


async def _scheduled(workshop: Workshop) -> str:
    (row,) = (await workshop.http.get("/api/v1/temporal/schedules")).json()["schedules"]
    assert (row["name"], row["every"], row["ended_at"]) == ("nightly", "24h", None)
    async with workshop.db.read() as tx:
        return schedules.timed(await schedules.get(tx, row["id"])).id


async def _gone(workshop: Workshop) -> bool:
    found = await (await workshop.temporal()).list_schedules()
    return [each.id async for each in found] == []
