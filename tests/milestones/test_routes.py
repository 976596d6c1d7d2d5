"""Milestones over REST: made, changed, ordered, reached or missed."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.database import Database
from loom_app.milestones.service import note_missed
from tests.support import rows

HERE = "/api/v1/projects/kitchen/milestones"


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)


def days(count: float) -> str:
    return rfc3339(now() + timedelta(days=count))


async def made(client: AsyncClient, name: str, **more: Any) -> dict[str, Any]:
    answer = await client.post(HERE, json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def changed(client: AsyncClient, milestone: dict[str, Any], **change: Any) -> Any:
    answer = await client.patch(f"/api/v1/milestones/{milestone['id']}", json=change)
    return answer.status_code, answer.json()


async def test_progress_counts_the_beads_of_a_milestone_and_of_its_parts(client: AsyncClient, db: Database) -> None:
    for number, status in ((1, "done"), (2, "open"), (3, "done")):
        await rows.bead(db, f"kitchen-{number}", status=status)
    feast = await made(client, "Feast", type="release", bead_ids=["kitchen-1", "kitchen-2"], tags=["guests"])
    assert (feast["status"], feast["progress"], feast["urgency"]) == ("planned", {"done": 1, "total": 2}, "none")
    soup = await made(client, "Soup", parent_id=feast["id"], bead_ids=["kitchen-3"])
    listed = {one["name"]: one["progress"] for one in (await client.get(HERE)).json()}
    assert listed == {"Feast": {"done": 2, "total": 3}, "Soup": {"done": 1, "total": 1}}
    assert (await client.get("/api/v1/beads/kitchen-3")).json()["milestone_id"] == soup["id"]
    bead = await client.patch("/api/v1/beads/kitchen-3", json={"milestone_id": feast["id"]})
    assert bead.json()["milestone_id"] == feast["id"]
    history = (await client.get("/api/v1/beads/kitchen-3/history")).json()
    assert "milestone_id" in str(history)
    unknown = await client.patch("/api/v1/beads/kitchen-3", json={"milestone_id": "ms-none"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_milestone")
    assert (await client.delete(f"/api/v1/milestones/{feast['id']}")).status_code == 204
    assert (await client.get("/api/v1/beads/kitchen-1")).json()["milestone_id"] is None
    [left] = (await client.get(HERE)).json()
    assert (left["name"], left["parent_id"]) == ("Soup", None)
    assert [one["name"] for one in (await client.get("/api/v1/projects/kitchen")).json()["milestones"]] == ["Soup"]


async def test_a_bead_that_leaves_the_project_leaves_its_milestone(client: AsyncClient, db: Database) -> None:
    await rows.project(db, "cellar")
    await rows.bead(db)
    feast = await made(client, "Feast", bead_ids=["kitchen-1"])
    moved = await client.patch("/api/v1/beads/kitchen-1", json={"project_id": "cellar"})
    assert (moved.status_code, moved.json()["milestone_id"]) == (200, None)
    answer = await client.post(
        "/api/v1/beads", json={"title": "x", "project_id": "cellar", "milestone_id": feast["id"]}
    )
    assert answer.json()["code"] == "unknown_milestone"
    refused = await client.post(HERE, json={"name": "Other", "bead_ids": ["kitchen-1"]})
    assert refused.json()["code"] == "unknown_milestone"


async def test_cycles_are_refused_with_their_path(client: AsyncClient) -> None:
    first = await made(client, "Shop")
    second = await made(client, "Cook", depends_on=[first["id"]])
    third = await made(client, "Serve", depends_on=[second["id"]])
    assert third["waits_for"] == [second["id"]]
    status, refused = await changed(client, first, depends_on=[third["id"]])
    assert (status, refused["code"]) == (409, "milestone_cycle")
    assert "Shop → Serve → Cook → Shop" in refused["error"]
    assert (await changed(client, first, depends_on=[first["id"]]))[0] == 409
    assert (await changed(client, first, depends_on=["ms-none"]))[1]["code"] == "unknown_milestone"
    assert (await changed(client, second, status="complete"))[1]["completed_at"]
    assert (await client.get(f"/api/v1/milestones/{third['id']}")).json()["waits_for"] == []
    assert (await changed(client, second, parent_id=third["id"]))[0] == 200
    assert (await changed(client, third, parent_id=second["id"]))[1]["code"] == "milestone_cycle"
    assert (await changed(client, second, status="in_progress"))[1]["completed_at"] is None
    whole = (await client.get(f"/api/v1/milestones/{third['id']}")).json()
    assert (await changed(client, third, **whole))[0] == 200, "what was shown may be sent back"


@pytest.mark.parametrize(
    ("left", "urgency"), [(40, "none"), (29, "low"), (13, "medium"), (6, "high"), (2, "critical"), (-1, "critical")]
)
async def test_urgency_follows_from_the_days_left(client: AsyncClient, left: int, urgency: str) -> None:
    assert (await made(client, "Feast", due_date=days(left)))["urgency"] == urgency
    assert (await made(client, "Past", due_date=days(left), status="complete"))["urgency"] == "none"


async def test_what_is_overdue_is_missed_once_and_a_later_date_is_another_chance(
    client: AsyncClient, db: Database
) -> None:
    feast = await made(client, "Feast", due_date=days(-1))
    await made(client, "Later", due_date=days(1))
    await made(client, "Done", due_date=days(-1), status="complete")
    assert await note_missed(db) == [feast["id"]]
    assert await note_missed(db) == []
    shown = (await client.get(f"/api/v1/milestones/{feast['id']}")).json()
    assert shown["status"] == "missed"
    events = (await client.get("/api/v1/events?type=milestone.missed")).json()
    assert "Feast" in str(events)
    assert (await changed(client, feast, due_date=days(5)))[1]["status"] == "in_progress"


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x", "type": "party"},
        {"name": "x", "due_date": "tomorrow"},
        {"name": "x", "start_date": "2030-02-02T00:00:00Z", "due_date": "2030-02-01T00:00:00Z"},
        {"name": "x", "tags": ["t"] * 3 + [""]},
        {"name": "x", "colour": "red"},
        {"name": "x", "bead_ids": ["kitchen-404"]},
        {"name": "x", "depends_on": ["ms-404"]},
        {"name": "x", "parent_id": "ms-404"},
    ],
)
async def test_what_is_wrong_is_refused_and_nothing_made(client: AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post(HERE, json=body)
    assert 400 <= answer.status_code < 500, answer.text
    assert (await client.get(HERE)).json() == []
