"""Conversations are what was said in runs; deleted, their texts are gone and the figures stay."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beads.models import BeadStatus
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.runs.models import ActionStatus, Run, RunAction, RunStatus, Turn
from tests.beads.making import events
from tests.support import people, rows

ONE = "/api/v1/conversations/run-1"
SAID = ["You are Robin.", "Weigh the flour.", '{"actions": []}', "No action was asked for."]


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.bead(db, status=BeadStatus.OPEN)


async def ran(db: Database, run_id: str = "run-1", status: RunStatus = RunStatus.FINISHED) -> None:
    """A run of two turns, the second without a reply."""
    async with db.write() as tx:
        ended = None if status == RunStatus.RUNNING else now()
        tx.add(Run(id=run_id, bead_id="kitchen-1", project_id="kitchen", agent_id="agent-1", provider_id="p", model="m",
                   token=1, status=status, turn_count=2, tokens_input=30, tokens_output=12, cost_micros=7, diff="+1",
                   message="Done.", ended_at=ended))  # fmt: skip
        await tx.flush()
        tx.add(Turn(run_id=run_id, number=1, system_prompt=SAID[0], prompt=SAID[1], reply=SAID[2], reply_hash="ab",
                    notes="saffron", fault="f", tokens_input=30, tokens_output=12, cost_micros=7,
                    replied_at=now()))  # fmt: skip
        tx.add(Turn(run_id=run_id, number=2, prompt=SAID[3]))
        tx.add(RunAction(run_id=run_id, turn=1, position=0, type="read_code", status=ActionStatus.EXECUTED,
                         parameters={"path": "a"}, result={"metadata": {"content": "b"}}, message="c"))  # fmt: skip


async def said(client: AsyncClient, path: str = ONE) -> list[str]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return [message["content"] for message in answer.json()["messages"]]


async def test_a_conversation_has_every_message_and_what_is_known_of_it(client: AsyncClient, db: Database) -> None:
    await ran(db)
    told = (await client.get(ONE)).json()
    messages = told.pop("messages")
    assert [message["content"] for message in messages] == SAID
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert [message["token_count"] for message in messages] == [0, 30, 12, 0]
    assert all(message["timestamp"].endswith("Z") for message in messages)
    assert (told["session_id"], told["bead_id"], told["project_id"]) == ("run-1", "kitchen-1", "kitchen")
    assert (told["token_count"], told["expires_at"]) == (42, None)
    assert told["metadata"] == {"agent_id": "agent-1", "provider_id": "p", "model": "m", "status": "finished"}
    assert told["entity_metadata"] == {"schema_version": "1.0", "attributes": {}}
    assert (await client.get("/api/v1/beads/kitchen-1/conversation")).json() == told | {"messages": messages}


async def test_a_bead_without_runs_has_an_empty_conversation(client: AsyncClient) -> None:
    told = (await client.get("/api/v1/beads/kitchen-1/conversation")).json()
    assert (told["session_id"], told["messages"], told["token_count"], told["metadata"]) == (None, [], 0, {})


async def test_a_projects_conversations_are_listed_newest_first(client: AsyncClient, db: Database) -> None:
    for run_id in ("run-1", "run-2", "run-3"):
        await ran(db, run_id)

    async def listed(query: str) -> dict[str, Any]:
        return dict((await client.get(f"/api/v1/conversations?{query}")).json())

    whole = await listed("project_id=kitchen")
    assert (whole["project_id"], whole["limit"]) == ("kitchen", 50)
    assert [one["session_id"] for one in whole["conversations"]] == ["run-3", "run-2", "run-1"]
    newest = whole["conversations"][0]
    assert (newest["turns"], newest["token_count"], "messages" in newest) == (2, 42, False)
    assert newest["updated_at"] == (await client.get("/api/v1/conversations/run-3")).json()["updated_at"]
    assert len((await listed("project_id=kitchen&limit=2"))["conversations"]) == 2
    await client.delete("/api/v1/conversations/run-3")
    assert len((await listed("project_id=kitchen"))["conversations"]) == 2
    for query, status in (("", 422), ("project_id=kitchen&limit=0", 422), ("project_id=kitchen&limit=1001", 422),
                          ("project_id=none", 404)):  # fmt: skip
        assert (await client.get(f"/api/v1/conversations?{query}")).status_code == status


async def test_deleting_takes_the_texts_and_leaves_the_figures(client: AsyncClient, db: Database) -> None:
    await ran(db)
    before = (await client.get("/api/v1/runs/run-1")).json()
    assert (await client.delete(ONE)).status_code == 204
    after = (await client.get("/api/v1/runs/run-1")).json()
    for text in (*SAID, '"path":"a"', '"content":"b"'):
        assert text not in str(after)
    kept = ("turn_count", "tokens", "cost_micros", "diff", "message", "status")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert after["conversation_deleted_at"]
    turn, action = after["turns"][0], after["turns"][0]["actions"][0]
    assert (turn["reply"], turn["tokens"], turn["cost_micros"]) == ("", before["turns"][0]["tokens"], 7)
    assert (action["type"], action["status"], action["parameters"], action["metadata"]) == (
        "read_code",
        "executed",
        {},
        {},
    )
    assert after["turns"][1]["reply"] is None
    assert await events(db, "run.conversation_deleted") == [
        ("run.conversation_deleted", "kitchen-1", {"run_id": "run-1", "agent_id": "agent-1", "turns": 2})
    ]
    for answer in (await client.get(ONE), await client.delete(ONE), await client.post(f"{ONE}/reset", json={})):
        assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")
    assert (await client.get("/api/v1/beads/kitchen-1/conversation")).json()["session_id"] is None


async def test_what_was_deleted_is_not_found_by_a_search(client: AsyncClient, db: Database) -> None:
    await ran(db)
    assert (await client.get("/api/v1/search?q=saffron")).json()["total"] == 1
    await client.delete(ONE)
    assert (await client.get("/api/v1/search?q=saffron")).json()["total"] == 0


@pytest.mark.parametrize(("body", "left"), [({"keep_system_message": True}, SAID[:1]), ({}, []), (None, [])])
async def test_a_reset_conversation_stays_with_what_is_to_be_kept(
    client: AsyncClient, db: Database, body: Any, left: list[str]
) -> None:
    await ran(db)
    answer = await client.post(f"{ONE}/reset", json=body)
    assert (answer.status_code, [one["content"] for one in answer.json()["messages"]]) == (200, left)
    assert answer.json()["token_count"] == 42
    assert await said(client) == left
    [(type_, _, data)] = await events(db, "run.conversation_reset", "run.conversation_deleted")
    assert (type_, data["kept_system_message"]) == ("run.conversation_reset", bool(left))


@pytest.mark.parametrize("status", [RunStatus.CLAIMED, RunStatus.RUNNING])
async def test_a_run_that_is_on_keeps_its_conversation(client: AsyncClient, db: Database, status: RunStatus) -> None:
    await ran(db, status=status)
    for answer in (await client.delete(ONE), await client.post(f"{ONE}/reset", json={})):
        assert (answer.status_code, answer.json()["code"]) == (409, "run_live")
        assert "Cancel the run with POST /api/v1/runs/run-1/cancel or wait" in answer.json()["error"]
    assert await said(client) == SAID


async def test_deleting_needs_more_than_writing(app: FastAPI, db: Database) -> None:
    await ran(db)
    async with people.signed_in(app, "user", sees=["kitchen"]) as ann:
        for answer in (await ann.delete(ONE), await ann.post(f"{ONE}/reset", json={})):
            assert (answer.status_code, answer.json()["permission"]) == (403, "beads:delete")
        assert await said(ann) == SAID
