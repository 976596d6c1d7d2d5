"""The stream of the feed: each line that is new or counts more, resumed from the log, nobody else's projects."""

import json

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from tests.support import people
from tests.support.streaming import Stream, open_stream

PATH = "/api/v1/activity-feed/stream"


@pytest.fixture
async def shop(client: AsyncClient) -> dict[str, str]:
    """What the administrator of the project shop sends."""
    for project in ("shop", "lab"):
        assert (await client.post("/api/v1/projects", json={"id": project, "name": project.title()})).is_success
    return headers_of(client)


def headers_of(client: AsyncClient) -> dict[str, str]:
    """What somebody sends who is signed in."""
    return {"Authorization": client.headers["Authorization"], "Host": "127.0.0.1:8080"}


async def file(client: AsyncClient, project: str, title: str) -> None:
    """Files a bead."""
    answer = await client.post("/api/v1/beads", json={"project_id": project, "title": title})
    assert answer.is_success, answer.text


async def line(stream: Stream) -> tuple[str, int]:
    """The title and the count of the next activity."""
    told = await stream.event()
    assert told["event"] == "activity"
    shown = json.loads(told["data"])
    return shown["resource_title"], shown["aggregation_count"]


async def test_alike_events_come_again_with_their_new_count(
    app: FastAPI, client: AsyncClient, shop: dict[str, str]
) -> None:
    async with open_stream(app, PATH, shop, event_type="bead.created", project_id="shop") as stream:
        hello = await stream.event()
        assert (hello["event"], json.loads(hello["data"])["message"]) == (
            "connected", "Connected to activity feed stream",
        )  # fmt: skip
        await file(client, "shop", "Scones")
        assert await line(stream) == ("Scones", 1)
        await file(client, "lab", "Acid")
        await file(client, "shop", "Jam")
        assert await line(stream) == ("Jam", 2)


async def test_who_resumes_hears_what_was_missed_once(app: FastAPI, client: AsyncClient, shop: dict[str, str]) -> None:
    async with open_stream(app, PATH, shop, resource_type="bead") as stream:
        last = (await stream.event())["id"]
    await file(client, "shop", "Scones")
    await file(client, "lab", "Acid")
    resumed = {**shop, "Last-Event-ID": last}
    async with open_stream(app, PATH, resumed, resource_type="bead", event_type="bead.created") as stream:
        assert (await stream.event())["event"] == "connected"
        assert [await line(stream) for _ in range(2)] == [("Scones", 1), ("Acid", 1)]


async def test_nothing_of_projects_that_one_does_not_see_and_nothing_after_access_is_lost(
    app: FastAPI, client: AsyncClient, shop: dict[str, str]
) -> None:
    async with (
        people.signed_in(app, "user", "mia", sees=["shop"]) as mia,
        open_stream(app, PATH, headers_of(mia), event_type="bead.created") as stream,
    ):
        await stream.event()
        await file(client, "lab", "Acid")
        await file(client, "shop", "Scones")
        assert await line(stream) == ("Scones", 1)
        assert (await client.delete("/api/v1/projects/shop/members/mia")).is_success
        await file(client, "shop", "Hidden")
        await people.member(app.state.db, "mia", "lab")
        await file(client, "lab", "Seen again")
        assert (await line(stream))[0] == "Seen again"
