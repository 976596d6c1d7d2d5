"""People ask for decisions themselves, answer several at once, ask for changes, and take questions back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import update
from sqlmodel import col

from loom_app.beads import service as beads
from loom_app.decisions import service
from loom_app.decisions.models import Decision
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import ahead, now, rfc3339
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from tests.support import people, rows

HOME = "/api/v1/decisions"
BEAD = "/api/v1/beads/kitchen-1"


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.bead(db, status="open")


@pytest.fixture
async def alice(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with people.signed_in(app, "user", "alice", sees=["kitchen"]) as http:
        yield http


async def ask(client: AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post(HOME, json={"project_id": "kitchen", "question": "Which flour?", **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def told(client: AsyncClient, decision_id: str) -> list[tuple[str, dict[str, Any]]]:
    found = (await client.get("/api/v1/events", params={"subject_id": decision_id, "limit": 50})).json()["events"]
    return [(event["type"], event["data"]) for event in reversed(found)]


async def test_a_question_about_a_project_needs_no_bead(alice: AsyncClient) -> None:
    asked = await ask(alice, options=["Rye", "Wheat"], recommendation="Rye", on_no_answer="wheat", risk="low")
    me = (await alice.get("/api/v1/auth/me")).json()["id"]
    assert (asked["kind"], asked["title"], asked["requester_id"]) == ("question", "Question: Which flour?", me)
    assert (asked["bead_id"], asked["parent"], asked["blocks"]) == ("", "", [])
    assert (asked["default_option"], asked["options"], asked["status"]) == ("Wheat", ["Rye", "Wheat"], "open")
    answered = await alice.post(f"{HOME}/{asked['id']}/decide", json={"decision": "rye"})
    assert (answered.json()["decision"], answered.json()["status"]) == ("Rye", "decided")
    assert [type_ for type_, _ in await told(alice, asked["id"])] == ["decision.created", "decision.resolved"]


async def test_a_bead_waits_for_the_answer_unless_that_is_not_wanted(client: AsyncClient) -> None:
    aside = await ask(client, project_id="", bead_id="kitchen-1", blocks=False)
    assert (await client.get(BEAD)).json()["status"] == "open"
    asked = await ask(client, bead_id="kitchen-1", context={"command": "make bread", "cost_micros": 12_000})
    shown = (await client.get(BEAD)).json()
    assert (shown["status"], asked["id"] in shown["status_reason"]) == ("blocked", True)
    assert (asked["title"], asked["context"]["command"]) == ("Question: Weigh the flour", "make bread")
    await client.post(f"{HOME}/{asked['id']}/decide", json={"decision": "Rye."})
    assert (await client.get(BEAD)).json()["status"] == "blocked"  # the first question waits still
    await client.post(f"{HOME}/{aside['id']}/decide", json={"decision": "Rye."})
    assert (await client.get(BEAD)).json()["status"] == "open"


async def test_an_answer_opens_the_bead_however_full_that_column_is(client: AsyncClient) -> None:
    asked = await ask(client, bead_id="kitchen-1")
    await client.post("/api/v1/beads", json={"title": "Another", "project_id": "kitchen"})
    await client.patch("/api/v1/projects/kitchen", json={"wip_limits": {"open": 1}})
    answered = await client.post(f"{HOME}/{asked['id']}/decide", json={"decision": "Rye."})
    assert answered.status_code == 200, answered.text
    assert (await client.get(BEAD)).json()["status"] == "open"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"question": ""}, (422, "invalid_request")),
        ({"question": "   "}, (422, "invalid_request")),
        ({"question": "x" * 1_100_000}, (413, "body_too_large")),
        ({"question": "ring \x07 the bell"}, (422, "invalid_request")),
        ({"question": "nothing \x00"}, (422, "invalid_request")),
        ({"project_id": ""}, (400, "project_missing")),
        ({"project_id": "nowhere"}, (404, "project_not_found")),
        ({"bead_id": "kitchen-9"}, (404, "bead_not_found")),
        ({"project_id": "garden", "bead_id": "kitchen-1"}, (400, "other_project")),
        ({"kind": "riddle"}, (422, "invalid_request")),
        ({"risk": "huge"}, (422, "invalid_request")),
        ({"options": ["a", "A"]}, (422, "invalid_request")),
        ({"options": ["x" * 201]}, (422, "invalid_request")),
        ({"options": [str(number) for number in range(21)]}, (422, "invalid_request")),
        ({"options": ["a", "b"], "default_option": "c"}, (400, "invalid_decision")),
        ({"kind": "approval", "default_option": "perhaps"}, (400, "invalid_decision")),
        ({"deadline": "2020-01-01T00:00:00Z"}, (400, "deadline_passed")),
        ({"deadline": "2999-01-01T00:00:00Z"}, (400, "deadline_far")),
        ({"deadline": "tomorrow"}, (422, "invalid_request")),
        ({"assigned_to": "nobody"}, (400, "unknown_recipient")),
        ({"returned_to": "nobody"}, (400, "unknown_recipient")),
        ({"context": {"diff": "x" * 70_000}}, (422, "invalid_request")),
        ({"vote": 1}, (422, "invalid_request")),
    ],
)
async def test_questions_that_are_refused(
    client: AsyncClient, db: Database, wanted: dict[str, Any], expected: tuple[int, str]
) -> None:
    await rows.project(db, "garden")
    refused = await client.post(HOME, json={"project_id": "kitchen", "question": "Which flour?", **wanted})
    assert (refused.status_code, refused.json()["code"]) == expected
    assert (await client.get(HOME)).json() == []
    assert (await client.get(BEAD)).json()["status"] == "open"


async def test_nothing_is_asked_where_nothing_goes_on(client: AsyncClient, db: Database) -> None:
    await rows.bead(db, "kitchen-2", status="done")
    await rows.bead(db, "kitchen-3", status="open")
    await client.delete("/api/v1/beads/kitchen-3")
    for bead_id, expected in (("kitchen-2", (409, "bead_done")), ("kitchen-3", (404, "bead_deleted"))):
        refused = await client.post(HOME, json={"bead_id": bead_id, "question": "Why?"})
        assert (refused.status_code, refused.json()["code"]) == expected
    async with db.write() as tx:
        await tx.execute(update(Project).values({col(Project.status): "closed"}))
    refused = await client.post(HOME, json={"project_id": "kitchen", "question": "Why?"})
    assert (refused.status_code, refused.json()["code"]) == (409, "project_closed")


async def test_an_approval_with_changes_reaches_the_bead_as_an_instruction(client: AsyncClient) -> None:
    asked = await ask(client, bead_id="kitchen-1", kind="approval", question="May I bake?")
    path = f"{HOME}/{asked['id']}/decide"
    refused = await client.post(path, json={"decision": "deny", "rationale": "No.", "changes": "Use rye."})
    assert (refused.status_code, refused.json()["code"]) == (400, "changes_not_taken")
    answered = (await client.post(path, json={"decision": "approve_with_changes", "rationale": "Use rye."})).json()
    assert (answered["decision"], answered["changes"]) == ("approve", "Use rye.")
    heard = (await client.get(BEAD)).json()["context"]["decisions"]
    assert [(one["decision"], one["changes"]) for one in heard] == [("approve", "Use rye.")]


@pytest.mark.parametrize(("kind", "status"), [("question", "open"), ("blocked", "open"), ("approval", "blocked")])
async def test_a_question_taken_back_stays_on_record(client: AsyncClient, kind: str, status: str) -> None:
    asked = await ask(client, bead_id="kitchen-1", kind=kind)
    gone = await client.request("DELETE", f"{HOME}/{asked['id']}", json={"reason": "We have flour."})
    assert (gone.status_code, gone.json()["status"], gone.json()["rationale"]) == (200, "cancelled", "We have flour.")
    shown = (await client.get(BEAD)).json()
    assert shown["status"] == status
    assert "We have flour." in shown["status_reason"]
    late = await client.post(f"{HOME}/{asked['id']}/decide", json={"decision": "approve", "rationale": "Yes."})
    assert (late.status_code, late.json()["code"]) == (409, "decision_cancelled")
    assert (await client.delete(f"{HOME}/{asked['id']}")).status_code == 409
    assert [type_ for type_, _ in await told(client, asked["id"])] == ["decision.created", "decision.resolved"]


async def test_nobody_helps_a_blocked_bead_and_it_stays_blocked(client: AsyncClient, db: Database) -> None:
    asked = await ask(client, bead_id="kitchen-1", kind="blocked", question="I need the key of the cellar.")
    async with db.write() as tx:
        await tx.execute(update(Decision).values({col(Decision.deadline): ahead(-1)}))
        assert await service.due(tx, asked["id"]) is None
    shown = (await client.get(BEAD)).json()
    assert (shown["status"], "stays blocked" in shown["status_reason"]) == ("blocked", True)


async def test_several_are_answered_each_by_itself(client: AsyncClient, alice: AsyncClient, db: Database) -> None:
    await rows.project(db, "garden")
    ids = [(await ask(client))["id"] for _ in range(3)]
    hidden = (await ask(client, project_id="garden"))["id"]
    await client.post(f"{HOME}/{ids[1]}/decide", json={"decision": "Spelt."})
    answers = [{"id": one, "decision": "Rye."} for one in [*ids, hidden, "bd-dec-none"]]
    got = (await alice.post(f"{HOME}/decide", json={"answers": answers})).json()
    assert (got["decided"], got["refused"]) == (2, 3)
    assert [(one["status"], one["code"]) for one in got["results"]] == [
        ("decided", ""), ("refused", "already_decided"), ("decided", ""), ("refused", "decision_not_found"),
        ("refused", "decision_not_found"),
    ]  # fmt: skip
    assert "admin said 'Spelt.'" in got["results"][1]["error"]
    for many in ([], answers * 2_000):
        assert (await alice.post(f"{HOME}/decide", json={"answers": many})).status_code == 422


async def test_of_two_at_once_one_answers_and_the_other_is_told(client: AsyncClient, alice: AsyncClient) -> None:
    asked = await ask(client, bead_id="kitchen-1", kind="approval")
    path, body = f"{HOME}/{asked['id']}/decide", {"decision": "approve", "rationale": "Yes."}
    answers = await asyncio.gather(*(who.post(path, json=body) for who in (client, alice) * 3))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    for late in (answer.json() for answer in answers if answer.status_code == 409):
        assert (late["code"], late["decider_id"]) == ("already_decided", won["decider_id"])
        assert late["decided_at"] in late["error"]
    resolved = [type_ for type_, _ in await told(client, asked["id"]) if type_ == "decision.resolved"]
    assert len(resolved) == 1


async def test_deadline_and_risk_are_changed_while_it_waits(client: AsyncClient) -> None:
    asked = await ask(client)
    later = rfc3339(now() + timedelta(days=9))
    changed = await client.patch(f"{HOME}/{asked['id']}", json={"deadline": later, "risk": "high"})
    assert (changed.json()["deadline"], changed.json()["risk"]) == (later, "high")
    assert (await client.patch(f"{HOME}/{asked['id']}", json={"risk": "high"})).status_code == 200
    events = await told(client, asked["id"])
    assert [type_ for type_, _ in events] == ["decision.created", "decision.updated"]
    assert sorted(events[1][1]["fields"]) == ["deadline", "risk"]
    refused = await client.patch(f"{HOME}/{asked['id']}", json={"deadline": "2020-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["code"]) == (400, "deadline_passed")
    await client.post(f"{HOME}/{asked['id']}/decide", json={"decision": "Rye."})
    assert (await client.patch(f"{HOME}/{asked['id']}", json={"risk": "low"})).status_code == 409


async def test_questions_whose_bead_is_over_are_taken_back(client: AsyncClient, db: Database) -> None:
    asked, other = await ask(client, bead_id="kitchen-1", blocks=False), await ask(client)
    await client.patch(BEAD, json={"status": "in_progress"})
    await client.patch(BEAD, json={"status": "done"})
    async with db.write() as tx:
        await service.tidy(tx, await service.untidy(tx))
        assert await service.untidy(tx) == []
    shown = (await client.get(f"{HOME}/{asked['id']}")).json()
    assert (shown["status"], shown["decider_id"]) == ("cancelled", SYSTEM.id)
    assert (await client.get(f"{HOME}/{other['id']}")).json()["status"] == "open"


async def test_a_budget_is_asked_for_by_the_service(client: AsyncClient, db: Database) -> None:
    async with db.write() as tx:
        bead = await beads.get(tx, "kitchen-1")
        asked = await service.open_decision(
            tx, kind="budget", bead=bead, question="$5.00 are spent. May it be $10.00?", requester_id="loom",
            risk="high", context={"cost_micros": 5_000_000},
        )  # fmt: skip
    shown = (await client.get(f"{HOME}/{asked.id}")).json()
    assert (shown["kind"], shown["default_option"]) == ("budget", "deny")
    assert shown["options"] == ["approve", "deny", "needs_more_info"]
    assert (await client.get(HOME, params={"kind": "budget"})).json() == [shown]


async def test_what_is_said_about_a_decision(client: AsyncClient, alice: AsyncClient) -> None:
    asked = await ask(client)
    path = f"{HOME}/{asked['id']}/comments"
    said = await alice.post(path, json={"content": "Ask the baker."})
    assert (said.status_code, said.json()["author_username"]) == (201, "alice")
    await client.post(path, json={"content": "He is away."})
    assert [one["content"] for one in (await client.get(path)).json()] == ["Ask the baker.", "He is away."]
    assert (await client.post(path, json={"content": " "})).status_code == 422
    assert (await client.get(f"{HOME}/bd-dec-none/comments")).status_code == 404
    assert (await client.get(f"{HOME}/inbox")).json()["decisions"][0]["comments"] == 2
    assert [type_ for type_, _ in await told(client, asked["id"])][1:] == ["decision.commented"] * 2


async def test_a_project_with_a_decision_is_not_deleted(client: AsyncClient, db: Database) -> None:
    await rows.project(db, "garden")
    await ask(client, project_id="garden")
    refused = await client.delete("/api/v1/projects/garden")
    assert (refused.status_code, refused.json()["code"]) == (409, "project_in_use")
