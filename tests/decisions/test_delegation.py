"""A decision is passed on by name or along the org chart, and the chain is on record."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.decisions import service
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.clock import ahead, rfc3339
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Forbidden
from tests.support import people, rows

HOME = "/api/v1/decisions"


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.bead(db)


async def ask(client: AsyncClient, **more: Any) -> str:
    answer = await client.post(HOME, json={"project_id": "kitchen", "question": "Which flour?", **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def delegate(client: AsyncClient, decision_id: str, to: str, **more: Any) -> dict[str, Any]:
    answer = await client.post(f"{HOME}/{decision_id}/delegate", json={"to": to, **more})
    return {"http": answer.status_code, **answer.json()}


def refusal(answer: dict[str, Any]) -> tuple[int, str]:
    return answer["http"], answer["code"]


async def test_passed_on_to_a_person_with_another_deadline(client: AsyncClient, app: FastAPI) -> None:
    decision_id, until = await ask(client), rfc3339(ahead(3_600))
    async with people.signed_in(app, "user", "ann", sees=["kitchen"]) as ann:
        ann_id = (await ann.get("/api/v1/auth/me")).json()["id"]
        passed = await delegate(client, decision_id, "Ann", note="You know flour.", deadline=until)
        assert (passed["http"], passed["assigned_to"], passed["deadline"]) == (200, ann_id, until)
        (entry,) = passed["delegations"]
        me = (await client.get("/api/v1/auth/me")).json()["id"]
        assert (entry["from"], entry["to"], entry["by"], entry["note"]) == ("people", ann_id, me, "You know flour.")
        assert (await ann.get(f"{HOME}/inbox?mine=true")).json()["total"] == 1
        assert (await client.get(f"{HOME}/inbox?mine=true")).json()["total"] == 0
        assert refusal(await delegate(client, decision_id, "ann")) == (409, "already_with_them")
        assert refusal(await delegate(ann, decision_id, "ann")) == (400, "delegated_to_oneself")
    events = (await client.get("/api/v1/events", params={"subject_id": decision_id})).json()["events"]
    assert (events[0]["type"], events[0]["data"]["to"]) == ("decision.delegated", ann_id)


async def test_nobody_gets_it_who_cannot_answer(client: AsyncClient, app: FastAPI, db: Database) -> None:
    decision_id = await ask(client)
    async with people.signed_in(app, "user", "eve"):
        assert refusal(await delegate(client, decision_id, "eve")) == (400, "unknown_recipient")
    assert refusal(await delegate(client, decision_id, "nobody")) == (400, "unknown_recipient")
    assert refusal(await delegate(client, decision_id, "  ")) == (422, "invalid_request")
    assert refusal(await delegate(client, decision_id, "up")) == (409, "nobody_above")
    assert refusal(await delegate(client, decision_id, "down")) == (409, "nobody_below")
    assert refusal(await delegate(client, "bd-dec-none", "up")) == (404, "decision_not_found")
    for name in ("One", "Two"):
        await rows.agent(db, name=name)
    assert refusal(await delegate(client, decision_id, "qa-engineer")) == (400, "ambiguous_recipient")
    assert refusal(await delegate(client, decision_id, "one", deadline="2020-01-01T00:00:00Z"))[0] == 400
    ceo = await rows.agent(db, role="ceo")
    assert refusal(await delegate(client, decision_id, ceo)) == (400, "agent_unfit")
    shown = (await client.get(f"{HOME}/{decision_id}")).json()
    assert (shown["assigned_to"], shown["delegations"]) == ("", [])


async def test_not_in_a_circle(client: AsyncClient, app: FastAPI) -> None:
    decision_id = await ask(client)
    async with (
        people.signed_in(app, "user", "ann", sees=["kitchen"]) as ann,
        people.signed_in(app, "user", "bob", sees=["kitchen"]) as bob,
    ):
        await delegate(client, decision_id, "ann")
        await delegate(ann, decision_id, "bob")
        refused = await delegate(client, decision_id, "ann")
        assert refusal(refused) == (409, "delegation_circle")
        assert refused["chain"].startswith("people → ")
        await bob.post(f"{HOME}/{decision_id}/decide", json={"decision": "Rye."})
        assert refusal(await delegate(ann, decision_id, "up")) == (409, "already_decided")


async def test_down_and_up_the_org_chart(client: AsyncClient, db: Database) -> None:
    await client.get("/api/v1/org-charts/kitchen")
    manager = await rows.agent(db, role="engineering-manager", position_id="pos-em")
    tester = await rows.agent(db, role="qa-engineer", position_id="pos-qa")
    judge = await rows.agent(db, role="decision-maker", position_id="pos-dm")
    decision_id = await ask(client)
    assert (await delegate(client, decision_id, "down"))["assigned_to"] == judge
    first = (await client.get(f"{HOME}/{decision_id}")).json()["answer_bead"]
    assert (await delegate(client, decision_id, tester))["assigned_to"] == tester
    assert (await client.get(f"/api/v1/beads/{first}")).json()["status"] == "done"
    assert (await delegate(client, decision_id, "up"))["assigned_to"] == manager
    passed = await delegate(client, decision_id, "up")
    assert passed["assigned_to"] == ""
    assert [entry["to"] for entry in passed["delegations"]] == [judge, tester, manager, "people"]


@pytest.mark.parametrize("more", [{"risk": "high"}, {"kind": "budget"}])
async def test_what_is_for_people_goes_to_no_agent(client: AsyncClient, db: Database, more: dict[str, str]) -> None:
    judge = await rows.agent(db, role="decision-maker", position_id="pos-dm")
    decision_id = await ask(client, **more)
    assert refusal(await delegate(client, decision_id, judge)) == (400, "people_only")
    assert refusal(await delegate(client, decision_id, "down")) == (409, "nobody_below")


async def test_an_agent_answers_only_what_it_was_given(client: AsyncClient, db: Database) -> None:
    judge, tester = await rows.agent(db, role="decision-maker"), await rows.agent(db)
    decision_id = await ask(client)
    await delegate(client, decision_id, judge)
    async with db.write() as tx:
        with pytest.raises(Forbidden, match="not given to you"):
            await service.decide(tx, decision_id, decider=agent_actor(tester, "T", "kitchen"), decision="Rye.")
        decided = await service.decide(tx, decision_id, decider=agent_actor(judge, "J", "kitchen"), decision="Rye.")
        bead_id = decided.answer_bead
    assert decided.decider_id == judge
    assert (await client.get(f"/api/v1/beads/{bead_id}")).json()["status"] == "done"


async def test_what_an_agent_leaves_goes_back_to_people(client: AsyncClient, db: Database) -> None:
    judge = await rows.agent(db, role="decision-maker")
    decision_id = await ask(client)
    bead_id = (await delegate(client, decision_id, judge))["answer_bead"]
    for status in ("in_progress", "done"):
        await client.patch(f"/api/v1/beads/{bead_id}", json={"status": status})
    async with db.write() as tx:
        await service.tidy(tx, await service.untidy(tx))
    shown = (await client.get(f"{HOME}/{decision_id}")).json()
    assert (shown["status"], shown["assigned_to"], shown["delegations"][-1]["to"]) == ("open", "", "people")
    async with db.read() as tx:
        assert await service.untidy(tx) == []
