"""How a project lives, over REST: comments, closing with and without consent, opening again, its agents."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.decisions import service as decisions
from loom_app.dispatch.service import dispatch
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.providers.models import Provider
from loom_app.runs import guard, lease
from loom_app.runs.begin import begin
from loom_app.runs.ending import Ending, end
from loom_app.runs.models import TerminalReason
from tests.support import people, rows

HERE = "/api/v1/projects/kitchen"


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)


async def posted(client: AsyncClient, path: str, body: Any = None) -> Any:
    answer = await client.post(f"{HERE}{path}", json=body)
    return answer.status_code, answer.json()


async def test_a_project_without_work_is_closed_and_opened_again(client: AsyncClient) -> None:
    state = (await client.get(f"{HERE}/state")).json()
    assert set(state) == {
        "id", "name", "status", "is_perpetual", "is_sticky", "open_beads", "can_close", "readiness_ok",
        "readiness_issues", "created_at", "updated_at", "closed_at", "comments_count",
    }  # fmt: skip
    assert (state["can_close"], state["open_beads"], state["readiness_ok"]) == (True, 0, True)
    status, closed = await posted(client, "/close", {"author_id": "user-7", "comment": "Served."})
    assert (status, closed["status"], closed["closed_at"] is not None) == (200, "closed", True)
    assert (await posted(client, "/close"))[1]["closed_at"] == closed["closed_at"], "closed already: nothing changes"
    [said] = (await client.get(f"{HERE}/comments")).json()
    assert (said["comment"], said["author"], said["project_id"]) == ("Served.", "admin", "kitchen")
    status, again = await posted(client, "/reopen", {"comment": "Guests!"})
    assert (status, again["status"], again["closed_at"]) == (200, "reopened", None)
    whole = (await client.get(HERE)).json()
    assert [one["comment"] for one in whole["comments"]] == ["Served.", "Guests!"]
    assert (await client.get(f"{HERE}/state")).json()["comments_count"] == 2


async def test_with_work_left_people_are_asked_once_and_their_answer_closes_it(
    client: AsyncClient, db: Database
) -> None:
    await rows.bead(db, status=BeadStatus.OPEN)
    status, asked = await posted(client, "/close", {"comment": "Nobody comes."})
    assert (status, asked["status"], asked["open_beads"]) == (202, "decision_required", 1)
    assert "1 bead is not done" in asked["message"]
    assert asked["decision_bead"] == asked["decision_id"]
    assert (await posted(client, "/close"))[1]["decision_id"] == asked["decision_id"]
    refused = await client.put(HERE, json={"status": "closed"})
    assert (refused.status_code, refused.json()["code"]) == (409, "work_left")
    question = (await client.get(f"/api/v1/decisions/{asked['decision_id']}")).json()
    assert (question["kind"], question["options"], question["default_option"]) == (
        "closing", ["approve", "deny"], "deny",
    )  # fmt: skip
    assert (question["bead_id"], question["blocks"]) == ("", [])
    decide = f"/api/v1/decisions/{asked['decision_id']}/decide"
    assert (await client.post(decide, json={"decision": "maybe", "rationale": "x"})).status_code == 400
    assert (await client.post(decide, json={"decision": "approve", "rationale": "Late"})).status_code == 200
    assert (await client.get(HERE)).json()["status"] == "closed"
    assert (await client.get("/api/v1/beads/kitchen-1")).json()["status"] == "open"


async def test_denied_or_unanswered_it_stays_open(client: AsyncClient, db: Database) -> None:
    await rows.bead(db)
    _, asked = await posted(client, "/close")
    decide = f"/api/v1/decisions/{asked['decision_id']}/decide"
    assert (await client.post(decide, json={"decision": "deny", "rationale": "Not yet"})).status_code == 200
    assert (await client.get(HERE)).json()["status"] == "open"
    _, second = await posted(client, "/close")
    assert second["decision_id"] != asked["decision_id"]
    async with db.write() as tx:
        found = await decisions.get(tx, second["decision_id"])
        found.deadline = found.created_at
        assert await decisions.expire(tx, found.id)
    assert (await client.get(HERE)).json()["status"] == "open"


async def test_perpetual_ones_are_never_closed_and_sticky_ones_never_deleted(client: AsyncClient, db: Database) -> None:
    await rows.bead(db)
    _, asked = await posted(client, "/close")
    assert (await client.patch(HERE, json={"is_perpetual": True, "is_sticky": True})).status_code == 200
    status, refused = await posted(client, "/close")
    assert (status, refused["code"]) == (409, "project_perpetual")
    decide = f"/api/v1/decisions/{asked['decision_id']}/decide"
    assert (await client.post(decide, json={"decision": "approve", "rationale": "x"})).status_code == 200
    state = (await client.get(f"{HERE}/state")).json()
    assert (state["status"], state["can_close"]) == ("open", False)
    assert (await client.put(HERE, json={"status": "closed"})).json()["code"] == "project_perpetual"
    gone = await client.delete(HERE)
    assert (gone.status_code, gone.json()["code"]) == (409, "project_sticky")


async def test_a_closed_project_takes_no_new_work(client: AsyncClient, db: Database) -> None:
    await rows.project(db, "cellar")
    other = {"title": "Sort", "project_id": "cellar"}
    bead_id = (await client.post("/api/v1/beads", json=other)).json()["id"]
    assert (await posted(client, "/close"))[0] == 200
    tries = [
        await client.post("/api/v1/beads", json={**other, "project_id": "kitchen"}),
        await client.patch(f"/api/v1/beads/{bead_id}", json={"project_id": "kitchen"}),
        await client.post("/api/v1/agents", json={"persona_name": "ceo", "project_id": "kitchen"}),
        await client.post(f"{HERE}/milestones", json={"name": "Feast"}),
        await client.post(
            f"{HERE}/beads/import", content='{"id": "kitchen-9", "title": "Late", "status": "open", "priority": 2}\n'
        ),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in tries] == [(409, "project_closed")] * 5
    assert "reopen" in tries[0].json()["error"]


async def test_a_run_of_a_closed_project_stops_and_its_bead_waits_open(
    client: AsyncClient, db: Database, settings: Settings
) -> None:
    await rows.provider(db)
    agent_id = await rows.agent(db)
    await rows.bead(db, status=BeadStatus.OPEN)
    async with db.write() as tx:
        bead, agent = await tx.get_one(Bead, "kitchen-1"), await tx.get_one(Agent, agent_id)
        run = await begin(tx, bead, agent, await tx.get_one(Provider, "model"), seconds=60, why="test")
    _, asked = await posted(client, "/close")
    decide = f"/api/v1/decisions/{asked['decision_id']}/decide"
    await client.post(decide, json={"decision": "approve", "rationale": "Fire"})
    async with db.read() as tx:
        with pytest.raises(guard.RunStopped, match="project was closed") as stopped:
            await guard.check(tx, run.id)
    async with db.write() as tx:
        held = await guard.held(tx, run.id, 60)
        await end(tx, held, Ending(TerminalReason.CANCELLED, stopped.value.message), settings)
    shown = (await client.get("/api/v1/beads/kitchen-1")).json()
    assert (shown["status"], shown["status_reason"]) == ("open", "The project was closed.")
    assert not (await dispatch(db, settings)).claimed
    claimed = await client.post("/api/v1/beads/kitchen-1/claim", json={})
    assert (claimed.status_code, claimed.json()["code"]) == (409, "project_closed")
    async with db.read() as tx:
        assert await lease.of(tx, "kitchen-1") is None
    await posted(client, "/reopen")
    assert (await dispatch(db, settings)).claimed


async def test_agents_come_and_go(client: AsyncClient, db: Database) -> None:
    await rows.provider(db)
    await rows.project(db, "cellar")
    agent_id = await rows.agent(db)
    await rows.bead(db, assigned_to=agent_id)
    status, moved = await posted(client, "/agents", {"agent_id": agent_id, "action": "unassign"})
    assert (status, moved["agents"]) == (200, [])
    assert (await client.get("/api/v1/beads/kitchen-1")).json()["assigned_to"] == ""
    assert (await client.get(f"/api/v1/agents/{agent_id}")).json()["status"] == "complete"
    status, back = await posted(client, "/agents", {"agent_id": agent_id, "action": "assign"})
    assert (status, back["agents"]) == (200, [agent_id])
    assert (await client.get(f"/api/v1/agents/{agent_id}")).json()["status"] == "idle"
    there = await client.post("/api/v1/projects/cellar/agents", json={"agent_id": agent_id, "action": "assign"})
    assert (there.json()["agents"], (await client.get(HERE)).json()["agents"]) == ([agent_id], [])
    status, wrong = await posted(client, "/agents", {"agent_id": agent_id, "action": "unassign"})
    assert (status, wrong["code"]) == (404, "agent_elsewhere")
    assert (await posted(client, "/agents", {"agent_id": "nobody", "action": "assign"}))[0] == 404
    assert (await posted(client, "/agents", {"agent_id": agent_id, "action": "borrow"}))[0] == 422


async def test_a_project_may_be_a_part_of_another_but_not_of_itself(
    app: FastAPI, client: AsyncClient, db: Database
) -> None:
    await rows.project(db, "house")
    assert (await client.patch(HERE, json={"parent_id": "house", "due_date": "2030-01-01T00:00:00Z"})).json()[
        "parent_id"
    ] == "house"
    refused = await client.patch("/api/v1/projects/house", json={"parent_id": "kitchen"})
    assert (refused.status_code, refused.json()["code"]) == (409, "project_cycle")
    assert (await client.patch(HERE, json={"parent_id": "attic"})).status_code == 404
    async with people.signed_in(app, "user", "alice", sees=["kitchen"]) as alice:
        shown = (await alice.get(HERE)).json()
        assert (shown["parent_id"], shown["due_date"]) == (None, "2030-01-01T00:00:00Z")
        assert (await alice.put(HERE, json={**shown, "name": "Galley"})).status_code == 200
    assert (await client.get(HERE)).json()["parent_id"] == "house", "who cannot see the parent does not take it away"
    assert (await client.patch(HERE, json={"parent_id": None, "due_date": None})).json()["due_date"] is None
    await client.patch(HERE, json={"parent_id": "house"})
    assert (await client.delete("/api/v1/projects/house")).status_code == 204
    assert (await client.get(HERE)).json()["parent_id"] is None


async def test_a_project_that_people_were_asked_about_can_be_deleted(client: AsyncClient, db: Database) -> None:
    await rows.bead(db)
    _, asked = await posted(client, "/close")
    assert "1 open decision" in (await client.delete(HERE)).json()["error"]
    decide = f"/api/v1/decisions/{asked['decision_id']}/decide"
    await client.post(decide, json={"decision": "deny", "rationale": "x"})
    await client.delete("/api/v1/beads/kitchen-1?purge=true")
    async with db.write() as tx:
        found = await tx.get(Bead, "kitchen-1")
        if found is not None:
            await tx.delete(found)
    assert (await client.delete(HERE)).status_code == 204


async def test_two_at_once_agree(db: Database) -> None:
    """A bead that is being made keeps its project from being closed as if there were none."""
    async with db.write() as tx:
        project = await projects.get_open(tx, "kitchen")
        assert project.id == "kitchen"
        tx.add(Bead(id="kitchen-1", project_id="kitchen", title="Weigh"))
    async with db.write() as tx:
        await projects.get_to_close(tx, "kitchen")
        assert await projects.unfinished(tx, "kitchen") == 1
        assert (await tx.get_one(Project, "kitchen")).status == "open"
