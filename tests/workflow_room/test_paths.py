"""The paths that beads take, as data, and how far each is: derived from what really happened."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beads.models import BeadStatus
from loom_app.config import Settings
from loom_app.decisions.models import Decision
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from loom_app.runs.models import Run, RunStatus
from loom_app.workflows.paths import definitions
from tests.support import people, rows

BEGAN = now() - timedelta(hours=5)


@pytest.fixture
async def kitchen(db: Database) -> Database:
    """A project whose work is reviewed: a bead under way, one back in review, one escalated, one done, one new."""
    async with db.write() as tx:
        tx.add(Project(id="kitchen", name="Kitchen", git_strategy="branch-pr", review_by=["code-reviewer"]))
    for number, (status, type_) in enumerate(
        ((BeadStatus.IN_PROGRESS, "bug"), (BeadStatus.BLOCKED, "task"), (BeadStatus.BLOCKED, "task"),
         (BeadStatus.DONE, "feature"), (BeadStatus.OPEN, "task")), start=1,
    ):  # fmt: skip
        await rows.bead(
            db, f"kitchen-{number}", status, type=type_, hops=number, closed_at=BEGAN if number == 4 else None
        )
    runs: tuple[tuple[int, str, str], ...] = (
        (1, RunStatus.RUNNING, ""), (2, RunStatus.FAILED, "sent_back"), (2, RunStatus.WAITING, "review"),
        (3, RunStatus.WAITING, "escalated"), (4, RunStatus.FAILED, "max_turns"), (4, RunStatus.FINISHED, "completed"),
    )  # fmt: skip
    for at, (bead, state, reason) in enumerate(runs):
        created = BEGAN + timedelta(minutes=at)
        async with db.write() as tx:
            tx.add(
                Run(
                    id=f"run-{at}", bead_id=f"kitchen-{bead}", project_id="kitchen", agent_id="agent-1", model="m",
                    provider_id="model", token=at + 1, status=state, terminal_reason=reason, created_at=created,
                    ended_at=created if reason else None,
                )
            )  # fmt: skip
    for bead, kind, state, said in (
        (2, "review", "decided", "send_back"),
        (2, "review", "open", ""),
        (3, "escalation", "open", ""),
    ):
        async with db.write() as tx:
            tx.add(
                Decision(
                    id=f"bd-dec-{bead}-{state}", project_id="kitchen", bead_id=f"kitchen-{bead}", kind=kind, title="?",
                    question="?", default_option="x", deadline=now(), requester_id="a", status=state, decision=said,
                    created_at=BEGAN + timedelta(minutes=1 if said else 10),
                )
            )  # fmt: skip
    return db


async def got(http: AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    answer = await http.get(f"/api/v1/workflows{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_every_way_leads_from_a_station_to_a_station_and_every_station_to_the_end(settings: Settings) -> None:
    for one in definitions(settings):
        keys = {node.node_key for node in one.nodes}
        ways = {(edge.from_node_key, edge.to_node_key) for edge in one.edges}
        assert {key for way in ways for key in way} == {*keys, ""}
        reached, todo = {""}, [""]
        while todo:
            here = todo.pop()
            fresh = {to for from_, to in ways if from_ == here} - reached
            reached |= fresh
            todo += fresh - {""}
        assert reached == {*keys, ""}


async def test_paths_are_listed_and_told_with_the_settings_of_a_project(kitchen: Database, client: AsyncClient) -> None:
    every = await got(client, "")
    assert [one["id"] for one in every["workflows"]] == ["direct", "branch-pr"]
    assert every["count"] == 2
    (own,) = (await got(client, "", project_id="kitchen"))["workflows"]
    assert [node["node_key"] for node in own["nodes"]] == ["work", "approval", "commit"], "it has no tests to run"
    assert own["nodes"][1]["role_required"] == "code-reviewer"
    assert (await got(client, "", type="custom"))["count"] == 2
    assert (await got(client, "", type="bug"))["workflows"] == []
    assert (await got(client, "/branch-pr"))["nodes"][0]["max_attempts"] == 20
    assert (await client.get("/api/v1/workflows/none")).status_code == 404
    assert (await client.get("/api/v1/workflows", params={"project_id": "none"})).status_code == 404


async def test_where_beads_are_is_told_by_what_happened(kitchen: Database, client: AsyncClient) -> None:
    found = await got(client, "/executions")
    told = {one["bead_id"]: one for one in found["executions"]}
    assert found["count"] == 4, "what nobody took up is on no path yet"
    where = {bead: (one["status"], one["current_node_key"], one["cycle_count"]) for bead, one in told.items()}
    assert where == {
        "kitchen-1": ("active", "work", 0), "kitchen-2": ("blocked", "approval", 1),
        "kitchen-3": ("escalated", "work", 0), "kitchen-4": ("completed", "", 0),
    }  # fmt: skip
    assert told["kitchen-3"]["escalated_at"] is not None
    assert told["kitchen-4"]["completed_at"] is not None
    one = await got(client, "/executions", bead_id="kitchen-2")
    assert one["execution"]["workflow_name"] == "Landed after review"
    passed = [(step["node_key"], step["condition"]) for step in one["history"]]
    assert passed == [("work", "rejected"), ("approval", "rejected"), ("work", "success"), ("approval", "")]
    path = (await client.get("/api/v1/beads/workflow", params={"bead_id": "kitchen-2"})).json()
    assert (path["current_node"]["node_key"], path["execution"], path["history"], path["message"]) == (
        "approval", one["execution"], one["history"], "",
    )  # fmt: skip
    assert path["workflow"]["project_id"] == "kitchen"
    unborn = (await client.get("/api/v1/beads/workflow", params={"bead_id": "kitchen-5"})).json()
    assert (unborn["execution"], unborn["current_node"], unborn["history"]) == (None, None, [])
    assert unborn["message"] == "Nobody has taken it up yet."
    assert (await client.get("/api/v1/beads/workflow", params={"bead_id": "none"})).status_code == 404
    new = await got(client, "/executions", bead_id="kitchen-5")
    assert (new["execution"], new["history"]) == (None, [])
    assert (await client.get("/api/v1/workflows/executions", params={"bead_id": "none"})).status_code == 404


async def test_figures_are_those_of_the_beads_one_sees(kitchen: Database, client: AsyncClient, app: FastAPI) -> None:
    figures = await got(client, "/analytics")
    assert figures["status_counts"] == {"active": 1, "blocked": 1, "escalated": 1, "completed": 1}
    assert figures["type_counts"] == {"bug": 1, "task": 2, "feature": 1}
    assert (figures["average_cycles"], figures["max_cycles"]) == (0.25, 1)
    assert (figures["escalation_rate"], figures["escalated_count"], figures["total_executions"]) == (0.25, 1, 4)
    assert [one["bead_id"] for one in figures["recent_executions"]] == [
        "kitchen-4",
        "kitchen-3",
        "kitchen-2",
        "kitchen-1",
    ]
    async with people.signed_in(app, "user", "outsider") as outsider:
        none = await got(outsider, "/analytics")
        assert (none["total_executions"], none["recent_executions"], none["escalation_rate"]) == (0, [], 0)
        assert (await outsider.get("/api/v1/workflows", params={"project_id": "kitchen"})).status_code == 404
        assert (await got(outsider, "/executions"))["count"] == 0
