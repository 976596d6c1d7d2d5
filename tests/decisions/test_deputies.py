"""Agents answer low-risk questions within what a person left to them, and nothing else."""

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient

from loom_app.decisions import escalation, service
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Forbidden
from tests.support import rows

HOME = "/api/v1/decisions"
RULES = "/api/v1/projects/kitchen/decision-rules"


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)


@pytest.fixture
async def judge(db: Database) -> str:
    return await rows.agent(db, role="decision-maker")


async def ask(client: AsyncClient, **more: Any) -> dict[str, Any]:
    body = {"project_id": "kitchen", "question": "Which flour?", "risk": "low", **more}
    return dict((await client.post(HOME, json=body)).json())


async def leave(client: AsyncClient, per_day: int = 2) -> None:
    answer = await client.put(RULES, json={"risks": ["low"], "kinds": ["question"], "per_day": per_day})
    assert answer.status_code == 200, answer.text


async def test_without_rules_agents_decide_nothing(client: AsyncClient, judge: str) -> None:
    rules = (await client.get(RULES)).json()
    assert (rules["per_day"], rules["risks"], rules["set_by"], rules["set_at"]) == (0, [], "", None)
    assert "budget" not in rules["possible_kinds"]
    assert (await ask(client))["assigned_to"] == ""


async def test_the_decision_maker_gets_a_bead_for_what_the_rules_leave_to_it(client: AsyncClient, judge: str) -> None:
    await leave(client)
    asked = await ask(client, options=["Rye", "Wheat"], context={"command": "ls flour"})
    assert asked["assigned_to"] == judge
    bead = (await client.get(f"/api/v1/beads/{asked['answer_bead']}")).json()
    assert (bead["title"], bead["assigned_to"]) == ("Decide: Question: Which flour?", judge)
    for told in ("Which flour?", "Rye, Wheat", "ls flour", asked["id"]):
        assert told in bead["description"]
    for more in ({"risk": "medium"}, {"kind": "approval"}, {"kind": "budget"}, {"assigned_to": "admin"}):
        assert (await ask(client, **more))["answer_bead"] == ""


async def test_no_more_a_day_than_the_rules_say(client: AsyncClient, db: Database, judge: str) -> None:
    await leave(client, per_day=2)
    given = [await ask(client) for _ in range(4)]
    assert [bool(one["answer_bead"]) for one in given] == [True, True, False, False]
    for status in ("in_progress", "done"):
        await client.patch(f"/api/v1/beads/{given[0]['answer_bead']}", json={"status": status})
    async with db.write() as tx:
        await service.tidy(tx, await service.untidy(tx))
    assert (await client.get(f"{HOME}/{given[0]['id']}")).json()["assigned_to"] == ""
    assert (await ask(client))["answer_bead"] == ""


async def test_what_the_agent_asks_meanwhile_is_for_people(client: AsyncClient, db: Database, judge: str) -> None:
    await leave(client)
    asked = await ask(client)
    again = await ask(client, bead_id=asked["answer_bead"])
    assert again["assigned_to"] == ""
    async with db.write() as tx:
        own = await service.open_decision(
            tx, kind="question", project_id="kitchen", question="Me?", requester_id=judge, risk="low"
        )
        assert own.assigned_to == ""


async def test_rules_taken_back_hold_at_once(client: AsyncClient, db: Database, judge: str) -> None:
    await leave(client)
    asked = await ask(client)
    await client.put(RULES, json={"per_day": 0})
    async with db.write() as tx:
        with pytest.raises(Forbidden, match="rules leave this to agents no more"):
            await service.decide(tx, asked["id"], decider=agent_actor(judge, "J", "kitchen"), decision="Rye.")


async def test_a_risk_that_rises_takes_it_from_the_agent(client: AsyncClient, db: Database, judge: str) -> None:
    await leave(client)
    asked = await ask(client)
    await client.patch(f"{HOME}/{asked['id']}", json={"risk": "critical"})
    async with db.write() as tx:
        with pytest.raises(Forbidden, match="critical-risk question is for people"):
            await service.decide(tx, asked["id"], decider=agent_actor(judge, "J", "kitchen"), decision="Rye.")


@pytest.mark.parametrize(
    "rules",
    [
        {"risks": ["high"], "kinds": ["question"], "per_day": 1},
        {"risks": ["low"], "kinds": ["riddle"], "per_day": 1},
        {"risks": ["low"], "kinds": ["question"], "per_day": -1},
        {"risks": ["low"], "kinds": ["question"], "per_day": 5_000},
        {"risks": ["low"], "kinds": ["question"]},
    ],
)
async def test_rules_that_are_refused(client: AsyncClient, rules: dict[str, Any]) -> None:
    assert (await client.put(RULES, json=rules)).status_code == 422


async def test_rules_set_by_several_at_once_are_those_of_one(client: AsyncClient) -> None:
    given = [{"risks": ["low"], "kinds": ["question"], "per_day": number} for number in range(1, 5)]
    answers = await asyncio.gather(*(client.put(RULES, json=rules) for rules in given))
    assert {answer.status_code for answer in answers} == {200}
    assert (await client.get(RULES)).json()["per_day"] in range(1, 5)


async def test_money_is_never_left_to_agents(client: AsyncClient) -> None:
    refused = await client.put(RULES, json={"risks": ["low"], "kinds": ["budget"], "per_day": 1})
    assert (refused.status_code, refused.json()["code"]) == (400, "people_only")


async def test_an_escalation_goes_up_the_reporting_line_as_it_is_now(
    client: AsyncClient, db: Database, judge: str
) -> None:
    await client.put(RULES, json={"risks": ["low", "medium"], "kinds": ["escalation"], "per_day": 20})
    seats = (("qa-engineer", "pos-qa"), ("engineering-manager", "pos-em"), ("cto", "pos-cto"), ("ceo", "pos-ceo"))
    qa, manager, cto, _ = [await rows.agent(db, role=role, position_id=seat) for role, seat in seats]
    qa_actor = agent_actor(qa, "Quinn", "kitchen")

    async def escalated(number: int) -> dict[str, Any]:
        bead_id = await rows.bead(db, f"kitchen-{number}", "open")
        async with db.write() as tx:
            asked = await escalation.escalate(tx, bead_id, reason="The oven is cold.", actor=qa_actor)
        return dict((await client.get(f"{HOME}/{asked.id}")).json())

    first = await escalated(1)
    assert first["assigned_to"] == manager
    assert first["delegations"][0]["note"] == "It went up the reporting line to the engineering-manager."
    chart = (await client.get("/api/v1/org-charts/kitchen")).json()["positions"]
    moved = [{**seat, "reports_to": "pos-cto"} if seat["id"] == "pos-qa" else seat for seat in chart]
    assert (await client.put("/api/v1/org-charts/kitchen", json={"positions": moved})).status_code == 200
    assert (await escalated(2))["assigned_to"] == cto
    await client.post(f"/api/v1/agents/{cto}/retire")
    assert (await escalated(3))["assigned_to"] == judge  # the CEO answers for people and takes no work
    await client.put("/api/v1/org-charts/kitchen", json={"positions": [{"role_name": "qa-engineer"}]})
    assert (await escalated(4))["assigned_to"] == judge
    await client.post(f"/api/v1/agents/{judge}/retire")
    assert (await escalated(5))["assigned_to"] == ""
