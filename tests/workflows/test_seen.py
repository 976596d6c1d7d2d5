"""Workflows as people see them while they run: Temporal's word beside the database's, steps, control."""

from typing import Any

from loom_app.config import Temporal
from loom_app.workflows import temporal as asked
from loom_app.workflows.temporal import Temporal as Witness
from tests.support.ports import free_ports
from tests.support.workshop import Workshop, acts, done, until, write

LIST = "/api/v1/temporal/workflows"
CLOCKS = {"LoomHeartbeatWorkflow", "DispatcherWorkflow", "ProviderHeartbeatWorkflow"}


async def listed(workshop: Workshop, **query: str) -> dict[str, Any]:
    answer = await workshop.http.get(LIST, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def told(workshop: Workshop, workflow_id: str) -> dict[str, Any]:
    answer = await workshop.http.get(f"{LIST}/{workflow_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def do(workshop: Workshop, workflow_id: str, name: str) -> None:
    """Does what the workflow itself says can be done about it."""
    (href,) = (
        deed["href"] for deed in (await told(workshop, workflow_id))["workflow"]["deeds"] if deed["name"] == name
    )
    assert (await workshop.http.post(href)).status_code == 200


async def test_a_run_is_followed_paused_and_let_go_on(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Let the dough rest")
    await workshop.say(bead_id, {**acts(write("dough.txt", "flour\n")), "delay": 1}, acts(done()))
    run = f"bead-{bead_id}-1"
    async with workshop.run_worker():
        await until(lambda: _deeds(workshop, run, {"pause", "cancel"}))
        await do(workshop, run, "pause")

        async def rests() -> bool:
            (one,) = (await listed(workshop, bead_id=bead_id))["workflows"]
            return bool(one["state"] == "waiting" and one["temporal"]["status"] == "running")

        await until(rests)
        found = await listed(workshop)
        assert (found["states"]["waiting"], found["temporal"]["answers"]) == (1, True)
        assert {one["id"] for one in found["own"]} >= CLOCKS
        await until(lambda: _waits(workshop, run))
        await do(workshop, run, "resume")
        await workshop.until_bead(bead_id)

        async def ended() -> dict[str, Any] | None:
            seen = await told(workshop, run)
            return seen if seen["execution"]["status"] == "completed" else None

        seen = await until(ended)
        clock = await told(workshop, "DispatcherWorkflow")
    assert seen["workflow"]["state"] == "completed"
    assert [step["kind"] for step in (seen["steps"][0], seen["steps"][-1])] == ["began", "ended"]
    turns = [step["summary"] for step in seen["steps"] if step["name"] == "take_turns"]
    assert turns[0] == "turns from 1 on"
    assert len(turns) > 1, "it was taken up again after its rest"
    assert {step["outcome"] for step in seen["steps"] if step["kind"] == "activity"} == {"done"}
    assert ("steered", "signal") in {(step["name"], step["kind"]) for step in seen["steps"]}
    assert ("beat", "dispatch") in {(step["kind"], step["name"]) for step in clock["steps"]}
    assert "flour" not in str(seen["steps"])


async def test_a_temporal_that_goes_and_comes_back_is_told_of(workshop: Workshop) -> None:
    (port,) = free_ports(1)
    there = workshop.settings.temporal
    gone = workshop.settings.model_copy(update={"temporal": Temporal(port=port)})
    away = Witness(gone)
    app: Any = workshop.http._transport
    app.app.state.temporal = away
    assert (await listed(workshop))["temporal"]["answers"] is False
    assert (await workshop.http.get("/api/v1/beads")).status_code == 200
    away._of, away._client = there, None
    assert (await listed(workshop))["temporal"]["answers"] is False, "it is not asked again at once"
    away._away_until -= asked.AWAY_SECONDS
    assert (await listed(workshop))["temporal"]["answers"] is True


async def _deeds(workshop: Workshop, workflow_id: str, names: set[str]) -> bool:
    answer = await workshop.http.get(f"{LIST}/{workflow_id}")
    return answer.status_code == 200 and {deed["name"] for deed in answer.json()["workflow"]["deeds"]} == names


async def _waits(workshop: Workshop, workflow_id: str) -> bool:
    steps = (await told(workshop, workflow_id))["steps"]
    return any((step["kind"], step["summary"]) == ("timer", "paused by a person") for step in steps)
