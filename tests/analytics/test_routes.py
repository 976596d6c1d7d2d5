"""Calls to models over REST: each, their sums and both as files, the same as the ledger to the micro-dollar."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import update

from loom_app.analytics import export
from loom_app.kernel.database import Database
from loom_app.ledger import service as ledger
from loom_app.ledger.models import Call
from tests.support import people, rows
from tests.support.money import NONE, mark_all, reserve, settle

PATH = "/api/v1/analytics"
HEAD = (
    "Timestamp,User ID,Method,Path,Provider ID,Model,Prompt Tokens,Completion Tokens,Total Tokens,Latency (ms),"
    "Status Code,Cost (USD),Error Message,"
)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def kitchen(db: Database, app: FastAPI, client: AsyncClient) -> AsyncClient:
    """The administrator of a kitchen and a lab in which models were called."""
    app.state.settings = app.state.settings.model_copy(update={"budgets": NONE})
    for project in ("kitchen", "lab"):
        await rows.project(db, project)
    await spend(db, 40, project_id="kitchen", agent_id="cook", bead_id="kitchen-1")
    await spend(db, 1_234_567, project_id="kitchen", user_id="mia")
    await spend(db, None, project_id="kitchen", agent_id="cook")
    await spend(db, 7, project_id="lab", agent_id="=cmd")
    async with db.write() as tx:
        failed = await reserve(tx, 90, project_id="lab", user_id="otto")
        await ledger.release(tx, failed.id, "The provider was away.")
        await reserve(tx, 500, project_id="lab")
    return client


async def spend(db: Database, cost: int | None, **payer: Any) -> None:
    async with db.write() as tx:
        await settle(tx, await reserve(tx, cost, **payer), cost)


async def test_the_sums_are_those_of_the_ledger(kitchen: AsyncClient) -> None:
    stats, costs = [(await kitchen.get(f"{PATH}/{name}")).json() for name in ("stats", "costs")]
    known = (await kitchen.get("/api/v1/ledger")).json()["sums"]
    assert stats["total_requests"] == costs["total_requests"] == 5, "what is under way is in neither"
    assert stats["total_cost_micros"] == costs["total_cost_micros"] == known["cost_micros"] == 1_234_614
    assert stats["unpriced_requests"] == known["unpriced"] == 1
    assert stats["total_tokens"] == known["tokens_input"] + known["tokens_output"]
    assert stats["error_rate"] == 0.2
    assert stats["requests_by_user"] == {"agent:=cmd": 1, "agent:cook": 2, "mia": 1, "otto": 1}
    assert costs["cost_by_project"] == {"kitchen": 1.234607, "lab": 0.000007}
    assert costs["cost_by_agent"] == {"": 1.234567, "=cmd": 0.000007, "cook": 0.00004}
    for by in ("provider", "user", "project", "agent", "model"):
        assert round(sum(costs[f"cost_by_{by}"].values()) * 1_000_000) == 1_234_614, by


async def test_calls_are_found_by_whose_they_are(kitchen: AsyncClient) -> None:
    async def found(**asked: str) -> list[int | None]:
        answer = await kitchen.get(f"{PATH}/logs", params=asked)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-total-count"] == str(len(answer.json()))
        return [call["cost_micros"] for call in answer.json()]

    assert sorted(await found(project_id="kitchen"), key=str) == [1_234_567, 40, None]
    assert await found(bead_id="kitchen-1") == [40]
    assert await found(user_id="mia") == [1_234_567]
    assert await found(user_id="agent:=cmd") == [7]
    assert await found(user_id="nobody") == await found(model="none-such") == []
    (failed,) = (await kitchen.get(f"{PATH}/logs", params={"user_id": "otto"})).json()
    assert (failed["status_code"], failed["cost_usd"], failed["latency_ms"]) == (502, None, None)
    assert failed["error_message"] == "The provider was away."


async def test_months_fit_together(kitchen: AsyncClient, db: Database) -> None:
    async with db.write() as tx:
        await tx.execute(update(Call).values(at=NOON - timedelta(microseconds=1), settled_at=NOON))
        await tx.execute(update(Call).where(Call.project_id == "lab").values(at=NOON))  # type: ignore[arg-type]
        await mark_all(tx)

    async def cost(start: str, end: str) -> int:
        answer = await kitchen.get(f"{PATH}/stats", params={"start_time": start, "end_time": end})
        assert answer.status_code == 200, answer.text
        total: int = answer.json()["total_cost_micros"]
        return total

    assert await cost("2026-02-01T00:00:00Z", "2026-03-01T12:00:00Z") == 1_234_607
    assert await cost("2026-03-01T13:00:00+01:00", "2026-04-01T00:00:00Z") == 7
    assert await cost("1926-01-01T00:00:00Z", "2126-01-01T00:00:00Z") == 1_234_614
    assert await cost("2199-01-01T00:00:00Z", "2200-01-01T00:00:00Z") == 0


async def test_times_that_make_no_sense_are_told(kitchen: AsyncClient) -> None:
    for start, end, status in (
        ("2026-04-01T00:00:00Z", "2026-03-01T00:00:00Z", 400),
        ("2199-04-01T00:00:00Z", None, 400),
        ("0001-01-01T00:00:00+14:00", None, 400),
        ("2026-04-01T00:00:00", None, 422),
        ("yesterday", None, 422),
    ):
        asked = {"start_time": start, **({"end_time": end} if end else {})}
        for name in ("logs", "stats", "costs", "export", "export-stats"):
            answer = await kitchen.get(f"{PATH}/{name}", params=asked)
            assert answer.status_code == status, (name, start, answer.text)
            assert len(answer.json()["detail"]) > 20


async def test_others_see_their_projects_and_their_own(app: FastAPI, kitchen: AsyncClient, db: Database) -> None:
    async with people.signed_in(app, "user", "zoe", sees=["lab"]) as zoe:
        me = (await zoe.get("/api/v1/auth/me")).json()
        await spend(db, 11, user_id=me["id"])
        await spend(db, 13, user_id="otto")
        assert (await zoe.get(f"{PATH}/stats")).json()["total_cost_micros"] == 18
        assert "kitchen" not in (await zoe.get(f"{PATH}/export")).text
        assert (await zoe.get(f"{PATH}/export-stats?user_id=mia")).json()["summary"]["total_requests"] == 0


async def test_the_export_adds_up_and_no_cell_is_a_formula(kitchen: AsyncClient, monkeypatch: Any) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    answer = await kitchen.get(f"{PATH}/export")
    assert answer.text.startswith(HEAD)
    assert "attachment; filename=" in answer.headers["content-disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(lines) == 5
    assert sum(int(line["Cost (micro-USD)"] or 0) for line in lines) == 1_234_614
    assert {line["Cost (USD)"] for line in lines} == {"0.000040", "1.234567", "", "0.000007"}
    assert not [cell for line in lines for cell in line.values() if cell.startswith(("=", "+", "-", "@"))]
    packed = await kitchen.get(f"{PATH}/export?format=ndjson&compress=true")
    shown = [json.loads(line) for line in gzip.decompress(packed.content).splitlines()]
    assert shown == (await kitchen.get(f"{PATH}/export?format=json")).json()
    assert {one["id"] for one in shown} == {one["id"] for one in (await kitchen.get(f"{PATH}/logs")).json()}


async def test_no_call_is_left_out_or_doubled_when_many_came_at_once(
    kitchen: AsyncClient, db: Database, monkeypatch: Any
) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    async with db.write() as tx:
        await tx.execute(update(Call).values(at=NOON, settled_at=NOON))
    asked = {"start_time": "2026-01-01T00:00:00Z", "format": "ndjson"}
    lines = (await kitchen.get(f"{PATH}/export", params=asked)).text.splitlines()
    assert len(lines) == len({json.loads(line)["id"] for line in lines}) == 5


async def test_the_sums_as_files(kitchen: AsyncClient) -> None:
    report = (await kitchen.get(f"{PATH}/export-stats")).json()
    assert report["summary"]["total_requests"] == sum(report["requests_by_user"].values()) == 5
    text = (await kitchen.get(f"{PATH}/export-stats?format=csv")).text
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[:2] == [["Summary"], ["Metric", "Value"]]
    assert ["total_cost_usd", "1.234614"] in lines
    assert ["User ID", "Requests", "Cost (USD)"] in lines
    assert ["mia", "1", "1.234567"] in lines
