"""Decisions over HTTP: listed, read, answered once."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.beads.models import Bead
from loom_app.decisions import service
from loom_app.kernel.database import Database
from tests.support import people, rows


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.bead(db)


@pytest.fixture
async def user(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client signed in as a user who is no administrator."""
    async with people.signed_in(app, "user", "alice", sees=["kitchen"]) as http:
        yield http


async def ask(db: Database, kind: str = "escalation") -> str:
    async with db.write() as tx:
        bead = await tx.get(Bead, "kitchen-1")
        assert bead
        asked = await service.open_decision(tx, kind=kind, bead=bead, question="May I?", requester_id="agent-1")
    return asked.id


def refusal(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_shown_with_what_a_person_needs(client: AsyncClient, db: Database) -> None:
    decision_id = await ask(db)
    shown = (await client.get(f"/api/v1/decisions/{decision_id}")).json()
    wanted = {
        "id": decision_id, "type": "decision", "kind": "escalation", "title": "Escalation: Weigh the flour",
        "description": "May I?", "question": "May I?", "options": ["approve", "deny", "needs_more_info"],
        "recommendation": "", "risk": "medium", "priority": 2, "status": "open", "project_id": "kitchen",
        "bead_id": "kitchen-1", "parent": "kitchen-1", "run_id": "", "requester_id": "agent-1", "returned_to": "",
        "default_option": "deny", "decision": "", "rationale": "", "decider_id": "", "decided_at": None,
        "changes": "", "delegations": [], "answer_bead": "", "assigned_to": "",
        "blocked_by": [], "blocks": ["kitchen-1"], "related_to": [], "children": [], "tags": [],
        "context": {}, "milestone_id": None, "estimated_time": None, "closed_at": None,
    }  # fmt: skip
    assert {**shown, **wanted} == shown
    assert set(shown) - set(wanted) == {"deadline", "due_date", "created_at", "updated_at"}
    assert shown["deadline"].endswith("Z")
    assert (await client.get("/api/v1/decisions")).json() == [shown]


async def test_list_filters(client: AsyncClient, db: Database) -> None:
    first, second = await ask(db), await ask(db, "question")
    await client.post(f"/api/v1/decisions/{first}/decide", json={"decision": "deny", "rationale": "No."})

    async def ids(**query: str | int) -> list[str]:
        return [found["id"] for found in (await client.get("/api/v1/decisions", params=query)).json()]

    assert await ids() == [second, first]
    assert await ids(status="open") == [second]
    assert await ids(status="decided", priority=2, project_id="kitchen", bead_id="kitchen-1") == [first]
    assert await ids(priority=0) == await ids(project_id="garden") == []
    assert await ids(limit=1, offset=1) == [first]
    for query in ("status=answered", "priority=5", "priority=x"):
        assert refusal(await client.get(f"/api/v1/decisions?{query}")) == (422, "invalid_request")


async def test_the_first_answer_counts(client: AsyncClient, user: AsyncClient, db: Database) -> None:
    path = f"/api/v1/decisions/{await ask(db)}/decide"
    decided = await user.post(path, json={"decision": "approve", "rationale": "Fine.", "decider_id": "user-other"})
    assert decided.status_code == 200
    me = (await user.get("/api/v1/auth/me")).json()["id"]
    assert (decided.json()["status"], decided.json()["decider_id"]) == ("decided", me)
    second = await client.post(path, json={"decision": "deny", "rationale": "No."})
    assert refusal(second) == (409, "already_decided")
    assert "alice said 'approve'" in second.json()["error"]
    assert second.json()["decision"] == "approve"
    async with db.read() as tx:
        bead = await tx.get(Bead, "kitchen-1")
    assert bead
    assert bead.status == "open"


async def test_administrators_may_pass_an_answer_on(client: AsyncClient, user: AsyncClient, db: Database) -> None:
    path = f"/api/v1/decisions/{await ask(db)}/decide"
    body = {"decision": "approve", "rationale": "Fine."}
    assert refusal(await client.post(path, json={**body, "decider_id": "nobody"})) == (400, "decider_unknown")
    alice = (await user.get("/api/v1/auth/me")).json()["id"]
    assert (await client.post(path, json={**body, "decider_id": alice})).json()["decider_id"] == alice


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"decision": "maybe", "rationale": "x"}, (400, "decision_unknown")),
        ({"decision": "approve"}, (400, "rationale_missing")),
        ({"decision": "", "rationale": "x"}, (400, "decision_empty")),
        ({}, (422, "invalid_request")),
        ({"decision": 1}, (422, "invalid_request")),
        ({"decision": "approve", "rationale": "a\x00b"}, (422, "invalid_request")),
        ({"decision": "approve", "rationale": "x" * 10_001}, (422, "invalid_request")),
        ({"decision": "approve", "rationale": "x", "vote": 1}, (422, "invalid_request")),
    ],
)
async def test_refused_answers(
    client: AsyncClient, db: Database, body: dict[str, str], expected: tuple[int, str]
) -> None:
    path = f"/api/v1/decisions/{await ask(db)}"
    assert refusal(await client.post(f"{path}/decide", json=body)) == expected
    assert (await client.get(path)).json()["status"] == "open"


async def test_unknown_decision(client: AsyncClient) -> None:
    assert refusal(await client.get("/api/v1/decisions/bd-dec-x")) == (404, "decision_not_found")
    body = {"decision": "approve", "rationale": "x"}
    assert refusal(await client.post("/api/v1/decisions/bd-dec-x/decide", json=body)) == (404, "decision_not_found")
