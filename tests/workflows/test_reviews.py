"""The road of a change that people look at first: over REST, by the worker, to the branch and back."""

import asyncio

from sqlalchemy import update
from sqlmodel import col

from loom_app.beads.models import BeadStatus
from loom_app.projects.models import GitStrategy, Project
from tests.support.git_repository import git, shown, subjects
from tests.support.workshop import PROJECT, Workshop, acts, done, until, write


async def test_sent_back_with_a_comment_approved_merged_and_taken_back(workshop: Workshop) -> None:
    async with workshop.db.write() as tx:
        branch_pr = {col(Project.git_strategy): GitStrategy.BRANCH_PR}
        await tx.execute(update(Project).where(col(Project.id) == PROJECT).values(branch_pr))
    git(workshop.origin, "checkout", "-q", "--detach")
    (agent_id,) = await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(
        bead_id, acts(write("flour.txt", "450 g\n"), done()), acts(write("flour.txt", "400 g\n"), done("As you say."))
    )
    async with workshop.run_worker():
        await workshop.until_bead(bead_id, BeadStatus.BLOCKED)
        (first,) = await workshop.runs(bead_id)
        seen = (await workshop.http.get(f"/api/v1/runs/{first.id}/diff")).json()
        assert [line["text"] for line in seen["files"][0]["hunks"][0]["lines"]] == ["500 g", "450 g"]
        line = {"path": "flour.txt", "line": 1, "text": "Even less."}
        assert (await workshop.http.post(f"/api/v1/runs/{first.id}/review-comments", json=line)).status_code == 201
        sent = await workshop.http.post(f"/api/v1/runs/{first.id}/review", json={"verdict": "send_back"})
        assert sent.json()["state"] == "sent_back", sent.text
        await workshop.until_ended(bead_id, 2)
        _, second = await workshop.runs(bead_id)
        assert second.agent_id == agent_id
        assert "flour.txt:1: Even less." in (await workshop.detail(second.id))["turns"][0]["prompt"]
        asked = f"/api/v1/runs/{second.id}"
        approved = await workshop.http.post(f"{asked}/review", json={"verdict": "approve"})
        assert approved.json()["state"] == "approved", approved.text
        await workshop.until_bead(bead_id)
        assert subjects(workshop.origin) == ["The recipe so far", "Less flour"]
        assert shown(workshop.origin, "flour.txt") == "400 g\n"
        await workshop.say(bead_id, acts(done("Nothing to do.")))
        assert (await workshop.http.post(f"{asked}/revert", json={"reason": "Too dense."})).status_code == 202

        async def taken_back() -> bool:
            return shown(workshop.origin, "flour.txt") == "500 g\n"

        await until(taken_back)
        await workshop.until_ended(bead_id, 3)
    types = {event["type"] for event in await workshop.events()}
    assert {"run.commented", "run.landed", "run.revert_asked", "run.reverted"} <= types


async def test_agents_review_what_agents_wrote_until_it_is_right(workshop: Workshop) -> None:
    here = f"/api/v1/projects/{PROJECT}"
    assert (await workshop.http.patch(here, json={"review_by": ["code-reviewer"]})).status_code == 200
    git(workshop.origin, "checkout", "-q", "--detach")
    author, rosa = await workshop.staff("qa-engineer", "code-reviewer")
    bead_id = await workshop.bead("Less flour", assigned_to=author)
    again = acts(write("flour.txt", "400 g\n"), done("As you say."))
    await workshop.say(bead_id, acts(write("flour.txt", "450 g\n"), done()), again)
    of_it = {"bead_id": bead_id, "reason": "Even less."}
    verdicts = [acts({"type": kind, **of_it}) for kind in ("reject_bead", "approve_bead")]
    when = f"approve_bead with bead_id {bead_id}"
    await asyncio.to_thread(workshop.model.script, *({"when": when, **reply} for reply in verdicts))
    async with workshop.run_worker():
        await workshop.until_bead(bead_id)
    first, second = await workshop.runs(bead_id)
    assert "Even less." in (await workshop.detail(second.id))["turns"][0]["prompt"]
    assert {first.agent_id, second.agent_id} == {author}
    given = (await workshop.http.get(f"/api/v1/beads/{bead_id}/reviews")).json()
    assert [(one["agent_id"], one["state"]) for one in given] == [(rosa, "rejected"), (rosa, "approved")]
    assert shown(workshop.origin, "flour.txt") == "400 g\n"
