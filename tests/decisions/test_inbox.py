"""The inbox: the most pressing first, put off by each person for themselves, answered ones apart."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import update
from sqlmodel import col

from loom_app.decisions.models import Decision
from loom_app.kernel.clock import ahead, now, rfc3339
from loom_app.kernel.database import Database
from tests.support import people, rows

HOME = "/api/v1/decisions"


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    for project_id in ("kitchen", "garden"):
        await rows.project(db, project_id)


@pytest.fixture
async def alice(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with people.signed_in(app, "user", "alice", sees=["kitchen"]) as http:
        yield http


async def ask(client: AsyncClient, hours: float, risk: str = "medium", **more: Any) -> str:
    due = rfc3339(now() + timedelta(hours=hours))
    body = {"project_id": "kitchen", "question": "Which?", "risk": risk, "deadline": due, **more}
    answer = await client.post(HOME, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def inbox(client: AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"{HOME}/inbox", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def ids(client: AsyncClient, **query: Any) -> list[str]:
    return [one["id"] for one in (await inbox(client, **query))["decisions"]]


async def test_by_deadline_and_risk(client: AsyncClient, alice: AsyncClient, db: Database) -> None:
    late, soon, sooner = await ask(client, 90, "critical"), await ask(client, 20), await ask(client, 2)
    risky, over, hidden = await ask(client, 19, "high"), await ask(client, 1), await ask(client, 3, project_id="garden")
    async with db.write() as tx:
        await tx.execute(update(Decision).where(col(Decision.id) == over).values({col(Decision.deadline): ahead(-60)}))
    assert await ids(alice) == [over, risky, sooner, soon, late]
    assert await ids(alice, sort="risk") == [late, risky, over, sooner, soon]
    assert await ids(alice, sort="deadline") == [over, sooner, risky, soon, late]
    assert await ids(alice, view="overdue") == [over]
    assert await ids(alice, view="today") == [risky, sooner, soon]
    assert await ids(alice, view="later") == [late]
    assert await ids(alice, risk="high", kind="question") == [risky]
    assert await ids(alice, limit=2, offset=1) == [risky, sooner]
    assert (await inbox(alice))["counts"] == {
        "waiting": 5, "overdue": 1, "today": 3, "later": 1, "snoozed": 0, "answered": 0,
    }  # fmt: skip
    assert hidden in await ids(client)
    assert (await inbox(alice, project_id="garden"))["counts"]["waiting"] == 0


async def test_answered_ones_say_by_whom(client: AsyncClient, alice: AsyncClient, db: Database) -> None:
    first, second = await ask(client, 2), await ask(client, 3, question="x" * 5_000)
    await alice.post(f"{HOME}/{second}/decide", json={"decision": "Rye."})
    await client.delete(f"{HOME}/{first}")
    shown = (await inbox(alice, view="answered"))["decisions"]
    assert [(one["id"], one["decider"], one["status"]) for one in shown] == [
        (first, "admin", "cancelled"), (second, "alice", "decided"),
    ]  # fmt: skip
    assert (shown[1]["requester"], shown[1]["assignee"], len(shown[1]["question"])) == ("admin", "people", 400)
    assert await ids(alice) == []


async def test_put_off_for_oneself_alone(client: AsyncClient, alice: AsyncClient, db: Database) -> None:
    asked = await ask(client, 48)
    until = rfc3339(now() + timedelta(hours=5))
    assert (await alice.post(f"{HOME}/{asked}/snooze", json={"until": until})).status_code == 200
    assert (await ids(alice), await ids(alice, view="snoozed"), await ids(client)) == ([], [asked], [asked])
    assert (await inbox(alice, view="snoozed"))["decisions"][0]["snoozed_until"] == until
    for wrong, code in (("2020-01-01T00:00:00Z", "snooze_passed"), ("2099-01-01T00:00:00Z", "snooze_beyond_deadline")):
        refused = await alice.post(f"{HOME}/{asked}/snooze", json={"until": wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert (await alice.post(f"{HOME}/{asked}/snooze", json={})).status_code == 422
    assert (await alice.post(f"{HOME}/{asked}/snooze", json={"until": None})).status_code == 200
    assert await ids(alice) == [asked]
    await client.post(f"{HOME}/{asked}/decide", json={"decision": "Rye."})
    assert (await alice.post(f"{HOME}/{asked}/snooze", json={"until": until})).status_code == 409


async def test_it_says_which_event_it_takes_in(client: AsyncClient) -> None:
    await ask(client, 2)
    newest = (await client.get("/api/v1/events/stats")).json()["last_seq"]
    assert int((await client.get(f"{HOME}/inbox")).headers["Last-Seq"]) == newest


async def test_a_query_nobody_knows(client: AsyncClient) -> None:
    for query in ("view=all", "sort=name", "limit=0", "limit=900"):
        assert (await client.get(f"{HOME}/inbox?{query}")).status_code == 422
