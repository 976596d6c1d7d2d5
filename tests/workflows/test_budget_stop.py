"""A budget used up in the middle of a run: the workflow stops, people are asked, and it goes on when they pay."""

from tests.support.git_repository import subjects
from tests.support.workshop import Workshop, acts, done, write

DEAR = {"prompt_tokens": 500_000, "completion_tokens": 10}
"""What the first turn uses: a dollar and a half."""


async def test_a_run_stops_at_its_budget_and_goes_on_when_it_is_raised(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Dear flour")
    limit = {"scope": "bead", "scope_id": bead_id, "limit_micros": 1_000_000}
    assert (await workshop.http.post("/api/v1/budgets", json=limit)).status_code == 201
    await workshop.say(
        bead_id,
        {**acts(write("half.txt", "half\n")), "usage": DEAR},
        acts(write("flour.txt", "400 g\n"), done()),
    )
    async with workshop.run_worker():
        (run,) = await workshop.until_ended(bead_id)
        assert (run.status, run.terminal_reason, run.turn_count) == ("waiting", "budget_reached", 1)
        assert "half.txt" in run.diff
        (asked,) = (await workshop.http.get("/api/v1/decisions", params={"status": "open"})).json()
        assert (asked["bead_id"], asked["kind"]) == (bead_id, "budget")
        assert (await workshop.read(bead_id)).status == "blocked"
    asked_so_far = len(workshop.model.log())
    assert asked_so_far == 1, "the model was not asked beyond the budget"
    path = f"/api/v1/decisions/{asked['id']}/decide"
    told = await workshop.http.post(path, json={"decision": "raise to $20", "rationale": "Bread is worth it."})
    assert told.status_code == 200, told.text
    async with workshop.run_worker():
        await workshop.until_bead(bead_id)
    assert subjects(workshop.origin)[1:] == ["Dear flour"]
    stopped = await workshop.events("budget.reached")
    assert len(stopped) == 1


async def test_a_run_whose_people_stop_it_is_not_given_out_again(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Dearer flour")
    limit = {"scope": "bead", "scope_id": bead_id, "limit_micros": 1}
    assert (await workshop.http.post("/api/v1/budgets", json=limit)).status_code == 201
    async with workshop.run_worker():
        (run,) = await workshop.until_ended(bead_id)
        assert (run.terminal_reason, run.turn_count) == ("budget_reached", 0)
        (asked,) = (await workshop.http.get("/api/v1/decisions", params={"status": "open"})).json()
        path = f"/api/v1/decisions/{asked['id']}/decide"
        assert (await workshop.http.post(path, json={"decision": "stop the bead", "rationale": "Too dear."})).is_success

        other = await workshop.bead("Cheap flour")
        await workshop.say(other, acts(done()))
        await workshop.until_bead(other)
        assert (await workshop.read(bead_id)).status == "blocked"
    assert len(workshop.model.log()) == 1, "nothing was asked that could not be paid"
    assert len(await workshop.runs(bead_id)) == 1
