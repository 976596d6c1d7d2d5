"""The logs over REST: recent, followed and taken along; others' projects and Loom's own lines are administrators'."""

import csv
import gzip
import io
import json
import logging

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from tests.support import people
from tests.support.streaming import open_stream

PATH = "/api/v1/logs"
log = logging.getLogger("tests.kitchen")


@pytest.fixture
async def busy(app: FastAPI, client: AsyncClient) -> AsyncClient:
    """The administrator of two projects, about which something was logged."""
    log.setLevel(logging.INFO)
    for project in ("shop", "lab"):
        assert (await client.post("/api/v1/projects", json={"id": project, "name": project.title()})).is_success
    log.info({"event": "baked", "project": "shop", "bead": "b-1", "agent": "cook"})
    log.warning({"event": "=HYPERLINK(acid)", "project": "lab"})
    log.error("the cellar is wet")
    await app.state.lines.flush_now()
    return client


async def messages(client: AsyncClient, **asked: object) -> list[str]:
    """What the newest lines say."""
    answer = await client.get(f"{PATH}/recent", params={name: str(value) for name, value in asked.items()})
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == len(answer.json()["logs"])
    return [line["message"] for line in answer.json()["logs"]]


async def test_recent_lines_newest_first_by_every_filter(busy: AsyncClient) -> None:
    assert (await messages(busy))[:3] == ["the cellar is wet", "=HYPERLINK(acid)", "baked"]
    assert await messages(busy, level="warning", project_id="lab") == ["=HYPERLINK(acid)"]
    assert await messages(busy, bead_id="b-1", agent_id="cook", source="web") == ["baked"]
    assert await messages(busy, search="CELLAR") == ["the cellar is wet"]
    assert await messages(busy, search="%") == []
    assert await messages(busy, source="worker") == []
    assert await messages(busy, until="2020-01-01T00:00:00Z") == []
    bad = await busy.get(f"{PATH}/recent", params={"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"})
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_time")
    for wrong in ({"level": "loud"}, {"source": "kitchen"}, {"since": "2026-01-01T00:00:00"}, {"limit": "0"}):
        assert (await busy.get(f"{PATH}/recent", params=wrong)).status_code == 422


async def test_others_see_the_lines_of_their_projects_alone(app: FastAPI, busy: AsyncClient) -> None:
    async with people.signed_in(app, "user", "mia", sees=["shop"]) as mia:
        assert await messages(mia) == ["baked"]
        assert "acid" not in (await mia.get(f"{PATH}/export")).text


async def test_taken_along_as_csv_json_and_lines(busy: AsyncClient) -> None:
    answer = await busy.get(f"{PATH}/export", params={"format": "csv"})
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head == ["Timestamp", "Level", "Source", "Message", "Metadata"]
    assert [row[3] for row in rows][-3:] == ["baked", "'=HYPERLINK(acid)", "the cellar is wet"]
    assert json.loads(rows[-3][4])["bead_id"] == "b-1"
    whole = (await busy.get(f"{PATH}/export", params={"format": "json"})).json()
    lines = (await busy.get(f"{PATH}/export", params={"format": "ndjson"})).text.splitlines()
    packed = await busy.get(f"{PATH}/export", params={"format": "ndjson", "compress": "true"})
    assert whole == [json.loads(line) for line in lines]
    assert gzip.decompress(packed.content).decode().splitlines() == lines
    assert (await busy.get(f"{PATH}/export", params={"search": "nothing like it"})).json() == []


async def test_the_stream_follows_and_resumes(app: FastAPI, busy: AsyncClient) -> None:
    headers = {"Authorization": busy.headers["Authorization"], "Host": "127.0.0.1:8080"}
    async with open_stream(app, f"{PATH}/stream", headers, level="warning", search="stove") as stream:
        hello = await stream.event()
        assert (hello["event"], json.loads(hello["data"])["message"]) == ("connected", "Connected to log stream")
        log.info("the stove is on")
        log.warning("the stove is hot")
        await app.state.lines.flush_now()
        told = await stream.event()
        assert (told["event"], json.loads(told["data"])["message"]) == ("log", "the stove is hot")
    log.error("the stove is out")
    await app.state.lines.flush_now()
    async with open_stream(app, f"{PATH}/stream", {**headers, "Last-Event-ID": told["id"]}, search="stove") as stream:
        await stream.event()
        assert json.loads((await stream.event())["data"])["message"] == "the stove is out"
