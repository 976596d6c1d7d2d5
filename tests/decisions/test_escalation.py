"""A bead is put before people by hand, waits for their answer and goes where the answer says."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beads import comments
from loom_app.beads.models import BeadStatus
from loom_app.config import Settings
from loom_app.dispatch.service import dispatch
from loom_app.kernel.database import Database
from tests.beads.making import events
from tests.runs.starting import begun
from tests.support import people, rows

BEAD = "/api/v1/beads/kitchen-1"
REFERENCE = {
    "id", "type", "title", "description", "status", "priority", "project_id", "assigned_to", "blocked_by", "blocks",
    "related_to", "parent", "children", "tags", "context", "due_date", "milestone_id", "estimated_time", "created_at",
    "updated_at", "closed_at", "question", "options", "recommendation", "requester_id", "decider_id", "decision",
    "rationale", "decided_at",
}  # fmt: skip


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.bead(db, status=BeadStatus.OPEN)


async def escalate(client: AsyncClient, **more: str) -> dict[str, Any]:
    answer = await client.post(f"{BEAD}/escalate", json={"reason": "May I buy a scale?", **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def decide(client: AsyncClient, decision_id: str, decision: str) -> dict[str, Any]:
    body = {"decision": decision, "rationale": "Name the price."}
    answer = await client.post(f"/api/v1/decisions/{decision_id}/decide", json=body)
    assert answer.status_code == 200, answer.text
    return dict((await client.get(BEAD)).json())


async def test_an_escalated_bead_waits_with_the_reason_on_it(client: AsyncClient, db: Database) -> None:
    asked = await escalate(client)
    assert set(asked) >= REFERENCE
    assert asked["options"] == ["approve", "deny", "needs_more_info"]
    assert (asked["question"], asked["status"], asked["parent"]) == ("May I buy a scale?", "open", "kitchen-1")
    assert (asked["due_date"], asked["closed_at"], asked["blocks"]) == (asked["deadline"], None, ["kitchen-1"])
    shown = (await client.get(BEAD)).json()
    assert shown["status"] == "blocked"
    assert shown["status_reason"] == f"Waits for a person's answer ({asked['id']}): May I buy a scale?"
    assert (await client.get(f"/api/v1/decisions/{asked['id']}")).json() == asked
    told = [type_ for type_, _, _ in await events(db) if not type_.startswith("user.")]
    assert told == ["decision.created", "bead.status_change"]


async def test_a_second_escalation_names_the_one_that_waits(client: AsyncClient) -> None:
    asked = await escalate(client)
    for reason in ("May I buy a scale?", "Or a spoon?"):
        refused = await client.post(f"{BEAD}/escalate", json={"reason": reason})
        assert (refused.status_code, refused.json()["code"]) == (409, "already_escalated")
        assert (refused.json()["decision_id"], refused.json()["asked_at"]) == (asked["id"], asked["created_at"])
        assert "waits for an answer: 'May I buy a scale?'" in refused.json()["error"]
    await decide(client, asked["id"], "deny")
    assert (await escalate(client))["id"] != asked["id"]


async def test_of_many_at_once_one_escalates(client: AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(f"{BEAD}/escalate", json={"reason": "Now?"}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    assert len((await client.get("/api/v1/decisions")).json()) == 1


@pytest.mark.parametrize("by", ["id", "name", "role"])
async def test_approved_it_goes_to_whom_it_was_returned(client: AsyncClient, db: Database, by: str) -> None:
    robin = await rows.agent(db, name="Robin")
    asked = await escalate(client, returned_to={"id": robin, "name": "robin", "role": "QA-Engineer"}[by])
    assert asked["returned_to"] == robin
    shown = await decide(client, asked["id"], "approve")
    assert (shown["status"], shown["assigned_to"]) == ("open", robin)
    assert (await client.get(f"{BEAD}/comments")).json() == []


async def test_a_role_that_several_have_is_left_to_dispatch(client: AsyncClient, db: Database) -> None:
    await rows.agent(db)
    await rows.agent(db)
    asked = await escalate(client, returned_to="qa-engineer")
    assert (await decide(client, asked["id"], "approve"))["assigned_to"] == "qa-engineer"


async def test_returned_to_a_person_it_is_given_to_no_agent(
    client: AsyncClient, app: FastAPI, db: Database, settings: Settings
) -> None:
    await rows.agent(db)
    await rows.provider(db)
    async with people.signed_in(app, "user", "ann", sees=["kitchen"]) as ann:
        me = (await ann.get("/api/v1/auth/me")).json()["id"]
        asked = await escalate(ann, returned_to="Ann")
        assert (await decide(client, asked["id"], "approve"))["assigned_to"] == me
    assert (await dispatch(db, settings)).claimed == []
    await client.patch(BEAD, json={"assigned_to": "ann"})
    assert (await dispatch(db, settings)).claimed == []
    await client.patch(BEAD, json={"assigned_to": ""})
    assert len((await dispatch(db, settings)).claimed) == 1


async def test_without_a_name_it_goes_back_to_the_queue(client: AsyncClient) -> None:
    asked = await escalate(client)
    shown = await decide(client, asked["id"], "approve")
    assert (shown["status"], shown["assigned_to"], shown["hops"]) == ("open", "", 0)


async def test_denied_it_stays_set_aside(client: AsyncClient, db: Database) -> None:
    robin = await rows.agent(db)
    asked = await escalate(client, returned_to=robin)
    shown = await decide(client, asked["id"], "deny")
    assert (shown["status"], shown["assigned_to"]) == ("blocked", "")
    assert shown["status_reason"].startswith("Denied: Name the price. ")


@pytest.mark.parametrize("full", [False, True])
async def test_where_more_is_to_be_known_the_note_becomes_a_comment(
    client: AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    robin = await rows.agent(db)
    asked = await escalate(client, returned_to=robin)
    if full:
        monkeypatch.setattr(comments, "MOST_COMMENTS", 0)
    shown = await decide(client, asked["id"], "needs_more_info")
    assert (shown["status"], shown["assigned_to"]) == ("open", robin)
    said = [(one["author_username"], one["content"]) for one in (await client.get(f"{BEAD}/comments")).json()]
    assert said == ([] if full else [("admin", "More information is needed: Name the price.")])
    assert shown["context"]["decisions"][0]["rationale"] == "Name the price."


async def test_a_bead_in_a_run_can_be_escalated_and_the_run_is_to_stop(client: AsyncClient, db: Database) -> None:
    await begun(db, "kitchen-1")
    await escalate(client)
    assert (await client.get(BEAD)).json()["status"] == "blocked"


async def test_what_cannot_be_escalated(client: AsyncClient, db: Database, app: FastAPI) -> None:
    await rows.project(db, "garden")
    rose = await rows.agent(db, "garden", name="Rose")
    stranger = await people.person(db, "user", "bo")
    for name in ("nobody", rose, "Rose", "bo", stranger.id):
        refused = await client.post(f"{BEAD}/escalate", json={"reason": "x", "returned_to": name})
        assert (refused.status_code, refused.json()["code"]) == (400, "unknown_recipient")
        assert refused.json()["error"].startswith(f"{name!r} is neither an agent, nor a role of the team, nor a person")
    for body in ({}, {"reason": " "}, {"reason": "x" * 10_001}, {"reason": "x", "colour": "red"}):
        assert (await client.post(f"{BEAD}/escalate", json=body)).status_code == 422
    assert (await client.post("/api/v1/beads/kitchen-0/escalate", json={"reason": "x"})).status_code == 404
    await client.patch(BEAD, json={"status": "done"})
    refused = await client.post(f"{BEAD}/escalate", json={"reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "bead_done")
    assert (await client.get("/api/v1/decisions")).json() == []
