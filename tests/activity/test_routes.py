"""The activity feed over REST: what was just done is there, alike told as one, and nobody hears of others' projects."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from tests.support import people

PATH = "/api/v1/activity-feed"
FIELDS = {
    "id", "event_type", "event_id", "timestamp", "source", "actor_id", "actor_type", "project_id", "agent_id",
    "bead_id", "provider_id", "action", "resource_type", "resource_id", "resource_title", "metadata", "aggregation_key",
    "aggregation_count", "is_aggregated", "visibility",
}  # fmt: skip


@pytest.fixture
async def busy(client: AsyncClient) -> AsyncClient:
    """The administrator, who made two projects, five beads in one and one in the other."""
    for project in ("shop", "lab"):
        assert (await client.post("/api/v1/projects", json={"id": project, "name": project.title()})).is_success
    for number in range(5):
        await client.post("/api/v1/beads", json={"project_id": "shop", "title": f"Bead {number}"})
    await client.post("/api/v1/beads", json={"project_id": "lab", "title": "Secret bead"})
    return client


async def feed(client: AsyncClient, **asked: object) -> list[dict[str, object]]:
    """The activities of one page."""
    answer = await client.get(PATH, params={key: str(value) for key, value in asked.items()})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["count"] == len(body["activities"])
    return list(body["activities"])


async def test_five_creations_are_one_activity_at_once_and_open_to_their_parts(busy: AsyncClient) -> None:
    one, *more = await feed(busy, event_type="bead.created", project_id="shop")
    assert not more
    assert one.keys() >= FIELDS
    assert (one["aggregation_count"], one["is_aggregated"]) == (5, True)
    assert (one["action"], one["resource_type"], one["actor_type"]) == ("created", "bead", "user")
    assert one["resource_title"] == "Bead 4"
    assert one["bead_id"] == one["resource_id"]
    assert str(one["aggregation_key"]).startswith("bead.created.")
    assert (one["visibility"], one["project_id"]) == ("project", "shop")
    parts = (await busy.get(f"{PATH}/{one['id']}/events")).json()
    assert [part["data"]["title"] for part in parts["events"]] == [f"Bead {number}" for number in (4, 3, 2, 1, 0)]
    assert parts["events"][0]["id"] == one["event_id"]


async def test_every_filter_narrows_and_they_go_together(busy: AsyncClient) -> None:
    everything = await feed(busy)
    assert [each["event_type"] for each in everything[:2]] == ["bead.created", "bead.created"]
    assert {each["project_id"] for each in await feed(busy, project_id="lab")} == {"lab"}
    assert {each["resource_type"] for each in await feed(busy, resource_type="project")} == {"project"}
    assert {each["visibility"] for each in await feed(busy, resource_type="project")} == {"global"}
    assert len(await feed(busy, aggregated="true")) == 1
    assert len(await feed(busy, aggregated="false")) == len(everything) - 1
    (lab,) = await feed(
        busy, project_id="lab", event_type="bead.created, bead.deleted", actor_id=everything[0]["actor_id"]
    )
    assert lab["resource_title"] == "Secret bead"
    assert await feed(busy, actor_id="nobody") == []
    assert await feed(busy, event_type="agent.heartbeat,log.message") == []
    at = str(lab["timestamp"])
    assert at in {each["timestamp"] for each in await feed(busy, since=at, until=at)}
    assert await feed(busy, since="2999-01-01T00:00:00Z") == []
    assert await feed(busy, until="2001-01-01T00:00:00+02:00") == []


async def test_pages_go_on_where_the_one_before_ended(busy: AsyncClient) -> None:
    everything = [each["id"] for each in await feed(busy)]
    gone_through, before = [], ""
    while True:
        body = (await busy.get(PATH, params={"limit": 2, "before": before})).json()
        gone_through += [each["id"] for each in body["activities"]]
        if not (before := body["next"]):
            break
    assert gone_through == everything
    assert [each["id"] for each in await feed(busy, limit=2, offset=1)] == everything[1:3]


async def test_members_read_of_their_projects_and_of_what_is_of_none_and_of_nothing_else(
    app: FastAPI, busy: AsyncClient
) -> None:
    hidden = {each["id"] for each in await feed(busy, project_id="lab")}
    async with people.signed_in(app, "user", "bob", sees=["shop"]) as bob:
        seen = await feed(bob)
        assert {each["project_id"] for each in seen} == {"shop"}
        assert await feed(bob, project_id="lab") == []
        for activity_id in (*hidden, "act-none"):
            answer = await bob.get(f"{PATH}/{activity_id}/events")
            assert answer.status_code == 404
            assert answer.json()["error"].replace(activity_id, "") == (
                "There is no activity ''. GET /api/v1/activity-feed lists them."
            )


async def test_a_projects_activities_go_with_it(busy: AsyncClient) -> None:
    assert (await busy.delete("/api/v1/projects/lab", params={"everything": "true"})).status_code == 204
    assert [each["event_type"] for each in await feed(busy, project_id="lab")] == ["project.deleted"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "2026-02-22T00:00:00Z", "until": "2026-02-21T00:00:00Z"}, "is after until"),
        ({"since": "2026-02-22T00:00:00"}, "query.since: "),
        ({"event_type": "bead.cremated"}, "There is no type of event 'bead.cremated'"),
        ({"resource_type": "beed"}, "There is no resource_type 'beed'. The feed shows agent, bead, "),
        ({"before": "yesterday"}, "is no place in the feed"),
        ({"before": "999999999999999999-1"}, "is no place in the feed"),
        ({"aggregated": "perhaps"}, "query.aggregated: "),
        ({"limit": "0"}, "query.limit: "),
    ],
)
async def test_what_cannot_be_asked_is_told_in_a_sentence(
    client: AsyncClient, asked: dict[str, str], said: str
) -> None:
    answer = await client.get(PATH, params=asked)
    assert answer.status_code in (400, 422)
    assert said in answer.json()["error"]
