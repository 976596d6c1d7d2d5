"""Claiming by hand over the API: who may, for whom, and what those hear who come too late."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.beads.models import Bead, BeadStatus, Lease
from loom_app.config import Settings
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from tests.beads.making import events
from tests.runs.starting import begun
from tests.support import people, rows

BEAD = "kitchen-1"
CLAIM = f"/api/v1/beads/{BEAD}/claim"


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.bead(db, status=BeadStatus.OPEN)


def refusal(answer: Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return dict(answer.json())


async def look(client: AsyncClient) -> dict[str, Any]:
    return dict((await client.get(f"/api/v1/beads/{BEAD}")).json())


async def test_an_agent_gets_the_bead_and_the_next_hears_who_has_it_and_until_when(
    client: AsyncClient, db: Database
) -> None:
    robin, other = await rows.agent(db, name="Robin"), await rows.agent(db)
    taken = (await client.post(CLAIM, json={"agent_id": robin})).json()
    assert (taken["status"], taken["holder"], taken["bead_id"]) == ("claimed", robin, BEAD)
    shown = await look(client)
    assert (shown["status"], shown["assigned_to"], shown["lease"]["alive"]) == ("in_progress", robin, True)
    for wanted, already in ((other, ""), (robin, "already "), ("", "")):
        told = refusal(await client.post(CLAIM, json={"agent_id": wanted}), 409, "bead_held")
        assert told["error"] == (
            f"{BEAD} is {already}held by agent Robin until {taken['expires_at']}; the claim is alive. "
            "Wait for its end or take another bead."
        )
        assert (told["holder"], told["run_id"], told["alive"], told["expires_at"]) == (
            robin, None, True, taken["expires_at"],
        )  # fmt: skip
    assert [data["agent_id"] for _, _, data in await events(db, "bead.claimed")] == [robin]


@pytest.mark.parametrize("by", ["nothing", "id", "name"])
async def test_people_claim_for_themselves(app: FastAPI, by: str) -> None:
    async with people.signed_in(app, "user", "ann", sees=["kitchen"]) as ann:
        me = (await ann.get("/api/v1/auth/me")).json()
        body = {"nothing": {}, "id": {"agent_id": me["id"]}, "name": {"agent_id": "ann"}}[by]
        assert (await ann.post(CLAIM, json=body)).json()["holder"] == me["id"]
        told = refusal(await ann.post(CLAIM, json=body), 409, "bead_held")
        assert f"{BEAD} is already held by ann until " in told["error"]


async def test_a_bead_in_a_run_is_held_by_the_run(client: AsyncClient, db: Database) -> None:
    run_id = await begun(db, BEAD)
    told = refusal(await client.post(CLAIM, json={}), 409, "bead_held")
    assert told["run_id"] == run_id
    assert f"the run is alive ({run_id}) and renews itself" in told["error"]


async def test_for_whom_a_bead_cannot_be_claimed(client: AsyncClient, db: Database, app: FastAPI) -> None:
    await rows.project(db, "garden")
    gardener = await rows.agent(db, "garden", name="Rose")
    told = refusal(await client.post(CLAIM, json={"agent_id": gardener}), 400, "agent_elsewhere")
    assert told["error"].startswith(
        f"Rose ({gardener}) works for the project 'garden', and {BEAD} is a bead of 'kitchen'"
    )
    unknown = refusal(await client.post(CLAIM, json={"agent_id": "agent-none"}), 404, "agent_not_found")
    async with people.signed_in(app, "user", "ann", sees=["kitchen"]) as ann:
        hidden = refusal(await ann.post(CLAIM, json={"agent_id": gardener}), 404, "agent_not_found")
        assert hidden["error"].replace(gardener, "agent-none") == unknown["error"]
        other = await people.person(db, "user", "bo")
        refusal(await ann.post(CLAIM, json={"agent_id": other.id}), 404, "agent_not_found")
    refusal(await client.post("/api/v1/beads/kitchen-0/claim", json={}), 404, "bead_not_found")
    refusal(await client.post(CLAIM, json={"agent_id": None}), 422, "invalid_request")
    assert (await look(client))["status"] == "open"


@pytest.mark.parametrize(("status", "code"), [("done", "bead_not_open"), ("blocked", "bead_not_open")])
async def test_only_an_open_bead_can_be_claimed(client: AsyncClient, db: Database, status: str, code: str) -> None:
    async with db.write() as tx:
        (await tx.get_one(Bead, BEAD)).status = status
    told = refusal(await client.post(CLAIM, json={}), 409, code)
    assert told["error"] == f"{BEAD} is {status}, not open; only an open bead can be claimed."
    assert (await look(client))["lease"] is None


async def test_a_bead_that_waits_says_for_what(client: AsyncClient, db: Database) -> None:
    await rows.bead(db, "kitchen-2", status=BeadStatus.OPEN)
    await client.patch(f"/api/v1/beads/{BEAD}", json={"blocked_by": ["kitchen-2"]})
    told = refusal(await client.post(CLAIM, json={}), 409, "bead_blocked")
    assert told["error"].startswith(f"{BEAD} is blocked because kitchen-2 “Weigh the flour” is not done, open since ")
    assert told["blocked_by"] == ["kitchen-2"]


@pytest.mark.parametrize("run", [False, True])
async def test_a_lease_that_ran_out_keeps_nobody_away(client: AsyncClient, db: Database, run: bool) -> None:
    if run:
        await begun(db, BEAD)
    else:
        await client.post(CLAIM, json={})
    first = (await look(client))["lease"]["holder"]
    async with db.write() as tx:
        (await tx.get_one(Lease, BEAD)).expires_at = now()
    second = await rows.agent(db)
    taken = (await client.post(CLAIM, json={"agent_id": second})).json()
    assert (taken["holder"], taken["token"]) == (second, 2)
    assert first != second
    assert [data["reason"] for _, _, data in await events(db, "run.ended")] == (["lease_lost"] if run else [])


async def test_of_many_at_once_one_gets_the_bead(client: AsyncClient, db: Database, settings: Settings) -> None:
    agents = [await rows.agent(db) for _ in range(8)]
    async with db.write() as tx:
        tx.add(Lease(bead_id=BEAD, token=4, holder="agent-gone", expires_at=now()))
    answers = await asyncio.gather(*(client.post(CLAIM, json={"agent_id": agent}) for agent in agents))
    won = [answer.json()["holder"] for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {refusal(answer, 409, "bead_held")["holder"] for answer in answers if answer.status_code != 200} == set(won)


@pytest.mark.parametrize("status", ["open", "blocked", "done"])
async def test_moving_the_bead_ends_a_claim(client: AsyncClient, status: str) -> None:
    await client.post(CLAIM, json={})
    refused = await client.post(f"/api/v1/beads/{BEAD}/redispatch", json={})
    assert "being worked on by admin until " in refusal(refused, 409, "bead_held")["error"]
    assert refused.json()["error"].endswith("Move it to open first, which ends that claim.")
    moved = (await client.patch(f"/api/v1/beads/{BEAD}", json={"status": status})).json()
    assert moved["lease"] is None
    await client.patch(f"/api/v1/beads/{BEAD}", json={"status": "open"})
    assert (await client.post(CLAIM, json={})).status_code == 200


async def test_moving_the_bead_leaves_the_lease_of_a_run_to_the_run(client: AsyncClient, db: Database) -> None:
    run_id = await begun(db, BEAD)
    await client.patch(f"/api/v1/beads/{BEAD}", json={"status": "blocked"})
    assert (await look(client))["lease"]["run_id"] == run_id
    refused = refusal(await client.post(f"/api/v1/beads/{BEAD}/redispatch", json={}), 409, "bead_held")
    assert refused["error"].endswith("Cancel that run first.")
