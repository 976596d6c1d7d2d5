"""The demo over REST."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.demo import service
from tests.support import people


async def test_load_and_look(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MODEL_START_SECONDS", 0)
    assert (await client.get("/api/v1/demo")).json()["loaded"] is False
    made = await client.post("/api/v1/demo")
    assert made.status_code == 201, made.text
    assert made.json() == (await client.get("/api/v1/demo")).json()
    assert (made.json()["loaded"], made.json()["project_id"]) == (True, "demo")
    assert (await client.get("/api/v1/projects/demo")).json()["is_demo"] is True
    assert len((await client.get("/api/v1/beads?project_id=demo")).json()) == 8
    assert (await client.get("/api/v1/providers/demo")).json()["is_demo"] is True


async def test_only_who_may_write_projects_loads_it(app: FastAPI, anonymous: AsyncClient) -> None:
    assert (await anonymous.post("/api/v1/demo")).status_code == 401
    async with people.signed_in(app, "viewer") as viewer:
        assert (await viewer.get("/api/v1/demo")).status_code == 200
        assert (await viewer.post("/api/v1/demo")).status_code == 403
