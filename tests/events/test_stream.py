"""The stream of events over the REST interface."""

import asyncio
import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.config import Settings
from loom_app.events import streaming
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from tests.support.streaming import open_stream
from tests.support.world import UNLIMITED

PATH = "/api/v1/events/stream"
RESUMED = 1_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """No limits: how often one may resume is asked elsewhere."""
    return Settings(data_dir=tmp_path / "data", limits=UNLIMITED)


@pytest.fixture
def headers(client: AsyncClient) -> dict[str, str]:
    """What a signed-in reader sends."""
    return {"Authorization": client.headers["Authorization"], "Host": "127.0.0.1:8080"}


async def test_connected_comes_first_and_then_each_change_with_its_number(
    app: FastAPI, db: Database, headers: dict[str, str]
) -> None:
    async with open_stream(app, PATH, headers, type="bead.created") as stream:
        hello = await stream.event()
        assert hello["event"] == "connected"
        await _happen(db, "bead.created", "kitchen")
        told = await stream.event()
        assert stream.status == 200
        assert told["event"] == "bead.created"
        assert int(told["id"]) > int(hello["id"])
        assert json.loads(told["data"])["project_id"] == "kitchen"
        assert json.loads(told["data"])["seq"] == int(told["id"])


async def test_filters_leave_out_other_projects_and_types(app: FastAPI, db: Database, headers: dict[str, str]) -> None:
    async with open_stream(app, PATH, headers, project_id="kitchen", type="bead.created, bead.completed") as stream:
        await stream.event()
        for type_, project in (("bead.created", "cellar"), ("run.started", "kitchen"), ("bead.completed", "kitchen")):
            await _happen(db, type_, project)
        assert (await stream.event())["event"] == "bead.completed"


async def test_a_reader_resumes_after_the_last_event_it_heard(
    app: FastAPI, db: Database, headers: dict[str, str]
) -> None:
    for number in range(5):
        await _happen(db, "bead.created", f"p{number}")
    async with open_stream(app, PATH, headers) as stream:
        newest = int((await stream.event())["id"])
    async with open_stream(app, PATH, {**headers, "Last-Event-ID": str(newest - 3)}) as stream:
        assert (await stream.event())["event"] == "connected"
        assert [int((await stream.event())["id"]) for _ in range(3)] == [newest - 2, newest - 1, newest]


async def test_a_quiet_stream_is_kept_alive(
    app: FastAPI, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "KEEPALIVE_SECONDS", 0.05)
    async with open_stream(app, PATH, headers, type="audit.restarted") as stream:
        await stream.event()
        assert (await stream.next())["comment"] == "keepalive"


async def test_readers_are_counted(app: FastAPI, client: AsyncClient, headers: dict[str, str]) -> None:
    async with open_stream(app, PATH, headers, type="audit.restarted") as stream:
        await stream.event()
        stats = (await client.get("/api/v1/events/stats")).json()
        assert (stats["status"], stats["subscribers"]) == ("active", 1)
    stats = (await client.get("/api/v1/events/stats")).json()
    assert stats["subscribers"] == 0


async def test_what_cannot_be_resumed_from_is_refused(client: AsyncClient, anonymous: AsyncClient) -> None:
    for bad in ("-1", "abc", "1.5", "9" * 30):
        answer = await client.get(PATH, headers={"Last-Event-ID": bad})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_event_id")
    assert (await anonymous.get(PATH)).status_code == 401


async def test_the_newest_events_are_listed_and_filtered(client: AsyncClient, db: Database) -> None:
    for number in range(3):
        await _happen(db, "bead.created", "kitchen", subject=f"kit-{number}")
    answer = (await client.get("/api/v1/events", params={"project_id": "kitchen", "limit": 2})).json()
    assert answer["count"] == 2
    assert [event["subject_id"] for event in answer["events"]] == ["kit-2", "kit-1"]
    older = await client.get("/api/v1/events", params={"project_id": "kitchen", "before": answer["events"][-1]["seq"]})
    assert [event["subject_id"] for event in older.json()["events"]] == ["kit-0"]


async def _happen(db: Database, type_: str, project: str, subject: str = "kit-1") -> None:
    async with db.write() as tx:
        append(tx, type_, actor=SYSTEM, project_id=project, subject_id=subject)


async def test_of_several_messages_of_one_event_the_last_alone_can_be_resumed_after() -> None:
    told = [streaming.Told(4, "a", 1), streaming.Told(4, "b", 2), streaming.Told(7, "c", 3)]
    assert [(one.event, one.id) for one in streaming.numbered(told)] == [("a", None), ("b", "4"), ("c", "7")]


async def test_a_thousand_times_resumed_nothing_is_missing_and_nothing_comes_twice(
    app: FastAPI, db: Database, headers: dict[str, str]
) -> None:
    async with open_stream(app, PATH, headers) as stream:
        last = (await stream.event())["id"]
    async with db.write() as tx:
        for number in range(RESUMED):
            append(tx, "bead.created", actor=SYSTEM, project_id=f"p{number}", subject_id=f"b-{number}")
    heard = []
    for _ in range(RESUMED):
        async with open_stream(app, PATH, {**headers, "Last-Event-ID": last}) as stream:
            assert (await stream.event())["event"] == "connected"
            told = await stream.event()
            heard.append(json.loads(told["data"])["project_id"])
            last = told["id"]
    assert heard == [f"p{number}" for number in range(RESUMED)]


async def test_who_takes_nothing_loses_the_connection_and_resumes(
    app: FastAPI, db: Database, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "TAKEN_SECONDS", 0.2)
    async with open_stream(app, PATH, headers) as stream:
        last = (await stream.event())["id"]
        stream.taking.clear()
        await _happen(db, "bead.created", "kitchen")
        async with asyncio.timeout(10):
            await stream.over.wait()
    async with open_stream(app, PATH, {**headers, "Last-Event-ID": last}) as stream:
        await stream.event()
        assert (await stream.event())["event"] == "bead.created"
