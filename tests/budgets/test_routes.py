"""Budgets, the ledger and the cost of beads over REST."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.agents.models import Agent
from loom_app.kernel.database import Database
from tests.support import rows
from tests.support.money import NONE, reserve, settle

BODY = {"scope": "project", "scope_id": "kitchen", "window": "daily", "limit_micros": 1_000_000}


@pytest.fixture
async def kitchen(db: Database, app: FastAPI) -> None:
    app.state.settings = app.state.settings.model_copy(update={"budgets": NONE})
    await rows.project(db)
    await rows.bead(db)
    async with db.write() as tx:
        tx.add(Agent(id="cook", name="Cook", role="cook", persona_name="default/cook", project_id="kitchen"))


async def spend(db: Database, cost: int | None, times: int = 1, **payer: Any) -> None:
    async with db.write() as tx:
        for _ in range(times):
            given = {"project_id": "kitchen", "agent_id": "cook", "bead_id": "kitchen-1", **payer}
            await settle(tx, await reserve(tx, cost, **given), cost)


@pytest.mark.usefixtures("kitchen")
async def test_a_budget_is_set_used_changed_and_removed(client: AsyncClient, db: Database) -> None:
    made = await client.post("/api/v1/budgets", json=BODY)
    assert made.status_code == 201, made.text
    budget = made.json()
    assert (budget["scope_name"], budget["limit"], budget["left"], budget["forecast"]) == (
        "kitchen",
        "$1.00",
        "$1.00",
        None,
    )
    assert (await client.post("/api/v1/budgets", json=BODY)).json()["code"] == "budget_exists"
    await spend(db, 250_000, 2)
    async with db.write() as tx:
        await reserve(tx, 100_000, project_id="kitchen")
    (shown,) = (await client.get("/api/v1/budgets?scope=project")).json()
    assert (shown["used_micros"], shown["reserved_micros"], shown["left_micros"]) == (500_000, 100_000, 400_000)
    address = f"/api/v1/budgets/{budget['id']}"
    changed = (await client.patch(address, json={"limit_micros": 2_000_000, "alert_percent": 50})).json()
    assert (changed["limit"], changed["alert_percent"], changed["left"]) == ("$2.00", 50, "$1.40")
    assert (await client.patch(address, json=changed)).status_code == 200
    assert (await client.delete(address)).status_code == 204
    assert (await client.get(address)).json()["code"] == "budget_not_found"


@pytest.mark.usefixtures("kitchen")
async def test_what_makes_no_budget_is_refused_with_a_sentence(client: AsyncClient) -> None:
    of_kitchen = {"scope": "project", "scope_id": "kitchen"}
    for body, status in (
        ({"scope": "system", "limit_micros": 5, "window": "monthly"}, 201),
        ({"scope": "bead", "scope_id": "kitchen-1", "limit_micros": 5}, 201),
        ({"scope": "agent", "scope_id": "cook", "limit_micros": 0, "window": "daily"}, 201),
        ({"scope": "system", "scope_id": "x", "limit_micros": 5}, 422),
        ({"scope": "project", "limit_micros": 5}, 422),
        ({**of_kitchen, "limit_micros": 5, "window": "total"}, 422),
        ({"scope": "project", "scope_id": "nowhere", "limit_micros": 5}, 404),
        ({"scope": "bead", "scope_id": "nowhere-1", "limit_micros": 5}, 404),
        ({"scope": "user", "scope_id": "nobody", "limit_micros": 5}, 404),
        ({**of_kitchen, "limit_micros": -5}, 422),
        ({**of_kitchen, "limit_micros": 10**16}, 422),
        ({**of_kitchen, "limit_micros": 5, "alert_percent": 0}, 422),
        ({"scope": "planet", "scope_id": "kitchen", "limit_micros": 5}, 422),
    ):
        answer = await client.post("/api/v1/budgets", json=body)
        assert answer.status_code == status, (body, answer.text)
        if status != 201:
            assert len(answer.json()["detail"]) > 10


@pytest.mark.usefixtures("kitchen")
async def test_the_ledger_is_asked_by_who_and_what_with_sums(client: AsyncClient, db: Database) -> None:
    await spend(db, 40, 2)
    await spend(db, 7, bead_id="kitchen-2", agent_id="waiter")
    await spend(db, None, bead_id="kitchen-3")
    whole = (await client.get("/api/v1/ledger?limit=2")).json()
    assert (whole["total"], len(whole["calls"]), whole["sums"]["cost_micros"], whole["sums"]["unpriced"]) == (
        4,
        2,
        87,
        1,
    )
    for query, cost in {"agent_id=waiter": 7, "bead_id=kitchen-1": 80, "status=settled": 87, "model=x": 0}.items():
        assert (await client.get(f"/api/v1/ledger?{query}")).json()["sums"]["cost_micros"] == cost
    unpriced = (await client.get("/api/v1/ledger?bead_id=kitchen-3")).json()
    assert (unpriced["sums"]["cost"], unpriced["calls"][0]["cost"]) == ("unpriced", "unpriced")
    later = (await client.get("/api/v1/ledger", params={"since": "2999-01-01T00:00:00Z"})).json()
    assert (later["total"], later["sums"]["cost"]) == (0, "$0.00")
    assert (await client.get("/api/v1/ledger?since=2999-01-01T00:00:00")).status_code == 400


@pytest.mark.usefixtures("kitchen")
async def test_a_bead_says_what_it_cost_and_what_it_may_still_cost(client: AsyncClient, db: Database) -> None:
    free = (await client.get("/api/v1/beads/kitchen-1/cost")).json()
    assert free["sentence"] == "It has cost $0.00. No budget bounds what it may still cost."
    await client.post("/api/v1/budgets", json=BODY)
    await client.post("/api/v1/budgets", json={"scope": "bead", "scope_id": "kitchen-1", "limit_micros": 300_000})
    await spend(db, 200_000)
    await spend(db, 750_000, bead_id="kitchen-2")
    told = (await client.get("/api/v1/beads/kitchen-1/cost")).json()
    assert (told["cost"], told["may_cost"], told["binding"]["scope"]) == ("$0.20", "$0.05", "project")
    assert told["sentence"] == (
        "It has cost $0.20. It may still cost $0.05: the daily budget of the project kitchen binds."
    )
    await client.patch("/api/v1/beads/kitchen-1", json={"status": "done"})
    told = (await client.get("/api/v1/beads/kitchen-1/cost")).json()
    assert (told["may_cost"], told["sentence"]) == ("$0.00", "It has cost $0.20. It is done and costs nothing more.")
