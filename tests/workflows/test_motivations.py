"""Motivations on the real road: a date comes near, everything restarts in between, and the work is done once."""

import asyncio
from datetime import timedelta
from typing import Any

from loom_app.kernel.clock import now, rfc3339
from loom_app.motivations.registering import ensure_defaults
from tests.support.workshop import PROJECT, Workshop, acts, done, until


async def test_a_milestone_three_days_off_has_qa_at_work_once_with_all_workers_restarted_in_between(
    workshop: Workshop,
) -> None:
    await ensure_defaults(workshop.db)
    await workshop.staff("qa-engineer")
    due = {"name": "Opening night", "due_date": rfc3339(now() + timedelta(days=3))}
    made = await workshop.http.post(f"/api/v1/projects/{PROJECT}/milestones", json=due)
    await asyncio.to_thread(workshop.model.script, {**acts(done("Swept.")), "times": 0})
    async with workshop.run_worker():
        await until(lambda: _swept(workshop, "success"), what="the firing")
        (fired,) = await _swept(workshop, "success")
        await workshop.until_bead(fired["bead_created"])
    async with workshop.run_worker():
        await workshop.http.patch(f"/api/v1/milestones/{made.json()['id']}", json={"description": "With bread."})
        before = await _ticks(workshop)
        await until(lambda: _ticked_since(workshop, before), what="another look")
    assert [one["id"] for one in await _swept(workshop, "success")] == [fired["id"]]
    (run,) = await workshop.runs(fired["bead_created"])
    assert "Release Approaching - QA Sweep" in (await workshop.detail(run.id))["turns"][0]["prompt"]


async def _swept(workshop: Workshop, result: str) -> list[dict[str, Any]]:
    answer = await workshop.http.get("/api/v1/motivations/history", params={"result": result})
    return [one for one in answer.json()["history"] if "QA Sweep" in one["motivation_name"]]


async def _ticks(workshop: Workshop) -> int:
    status = await (await workshop.temporal()).get_workflow_handle("MotivationWorkflow").query("status")
    return int(status["ticks"])


async def _ticked_since(workshop: Workshop, before: int) -> bool:
    return await _ticks(workshop) > before
