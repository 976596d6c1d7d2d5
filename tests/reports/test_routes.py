"""Errors are filed once, counted, opened again when they come back, without secrets and only so often."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beads.models import Bead
from loom_app.beads.ready import PERSON_TAG
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from tests.beads.making import events
from tests.support import people, rows

REPORT = "/api/v1/beads/auto-file"
ERROR: dict[str, Any] = {"title": "The board is blank", "source": "frontend", "error_type": "TypeError",
         "message": "bead 7 is undefined",
         "stack_trace": "TypeError: x\n    at draw (https://loom.example/assets/board-B3x_9kQz.js:12:3456)",
         "context": {"page": "/board"}, "severity": "high", "occurred_at": "2026-03-01T09:30:00Z"}  # fmt: skip


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)


async def report(client: AsyncClient, status: int = 201, /, **more: Any) -> dict[str, Any]:
    answer = await client.post(REPORT, json={**ERROR, **more})
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def bead(client: AsyncClient, bead_id: str) -> dict[str, Any]:
    return dict((await client.get(f"/api/v1/beads/{bead_id}")).json())


async def test_an_error_becomes_a_bug_with_all_that_is_known(client: AsyncClient) -> None:
    filed = await report(client, tags=["night"])
    assert filed["message"] == f"Filed as {filed['bead_id']} in the project 'Kitchen'."
    shown = await bead(client, filed["bead_id"])
    assert (shown["type"], shown["priority"], shown["title"]) == ("bug", 1, "The board is blank")
    assert (shown["tags"], shown["created_by"], shown["status"]) == (["auto-filed", "night"], "admin", "open")
    assert shown["description"] == (
        "```\nbead 7 is undefined\n```\n\n- Error: TypeError\n- Source: frontend\n- Severity: high\n"
        f"- First seen: 2026-03-01T09:30:00Z\n\n```\n{ERROR['stack_trace']}\n```"
    )
    context = shown["context"]
    assert (context["occurrences"], context["last_seen"], context["reported"]) == (
        1, "2026-03-01T09:30:00Z", {"page": "/board"},
    )  # fmt: skip


@pytest.mark.parametrize(("severity", "priority"), [("critical", 0), ("high", 1), ("medium", 2), ("low", 3)])
async def test_severity_is_priority(client: AsyncClient, severity: str, priority: int) -> None:
    filed = await report(client, severity=severity)
    assert (await bead(client, filed["bead_id"]))["priority"] == priority


async def test_the_same_error_is_counted_on_its_bead(client: AsyncClient, db: Database) -> None:
    first = await report(client)
    before = await bead(client, first["bead_id"])
    for number in range(2, 12):
        message, trace = f"bead {number} is undefined", ERROR["stack_trace"].replace("12:3456", f"{number}:1")
        again = await report(client, 200, message=message, stack_trace=trace, occurred_at="2026-03-02T00:00:00Z")
        assert (again["bead_id"], again["occurrences"]) == (first["bead_id"], number)
    await report(client, 200, occurred_at="2026-01-01T00:00:00Z")
    after = await bead(client, first["bead_id"])
    assert (after["context"]["occurrences"], after["context"]["last_seen"]) == (12, "2026-03-02T00:00:00Z")
    assert after["description"] == before["description"]
    said = (await client.get(f"/api/v1/beads/{first['bead_id']}/comments")).json()
    assert [one["content"] for one in said] == ["Seen 10 times, the last time at 2026-03-02T00:00:00Z."]
    assert len(await events(db, "bead.recurred")) == 11
    assert (await report(client, message="something else"))["bead_id"] != first["bead_id"]


async def test_of_many_at_once_one_is_filed_and_all_are_counted(client: AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(REPORT, json=ERROR) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [*[200] * 7, 201]
    [bead_id] = {answer.json()["bead_id"] for answer in answers}
    assert (await bead(client, bead_id))["context"]["occurrences"] == 8


async def test_what_comes_back_after_it_was_closed_is_open_again(client: AsyncClient) -> None:
    filed = await report(client)
    address = f"/api/v1/beads/{filed['bead_id']}"
    for number in (1, 2, 3):
        await client.patch(address, json={"status": "done", "reason": "mended"})
        await report(client, 200, occurred_at=rfc3339(now() - timedelta(days=1)))
        assert (await bead(client, filed["bead_id"]))["status"] == "done"
        again = await report(client, 200, occurred_at=None)
        assert again["message"] == f"{filed['bead_id']} was done and is open again; seen {2 * number + 1} times."
        shown = await bead(client, filed["bead_id"])
        assert shown["status"] == "open"
        assert shown["status_reason"].startswith("It happened again at ")
        assert (PERSON_TAG in shown["tags"]) == (number == 3)


@pytest.mark.parametrize("gone", ["tombstone", "moved", "edited"])
async def test_a_bead_that_is_gone_is_filed_anew(client: AsyncClient, db: Database, gone: str) -> None:
    first = await report(client)
    await rows.project(db, "garden")
    async with db.write() as tx:
        found = await tx.get_one(Bead, first["bead_id"])
        if gone == "edited":
            found.context = {"occurrences": "many", "last_seen": 7}
        elif gone == "moved":
            found.project_id = "garden"
        else:
            found.status, found.source_status = "done", "tombstone"
    answer = await client.post(REPORT, json={**ERROR, "project_id": "kitchen"})
    assert (answer.status_code, answer.json()["bead_id"] == first["bead_id"]) == (
        (200, True) if gone == "edited" else (201, False)
    )
    assert (await client.post(REPORT, json={**ERROR, "project_id": "kitchen"})).json()["occurrences"] == 2


async def test_secrets_are_taken_out(client: AsyncClient) -> None:
    secrets = [
        "hunter2hunter2",
        "loom_live_abcdefghijklmnop1234",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "s3cr3tpart",
    ]
    filed = await report(
        client, title=f"Login with password={secrets[0]} failed", message=f"Authorization: Bearer {secrets[1]}",
        stack_trace=f"{secrets[2]}\n    at f (https://ann:{secrets[3]}@loom.example/a.js:1:1)",
        context={"password": secrets[0], "deep": {"note": f"token={secrets[1]}"}, secrets[2]: 1},
    )  # fmt: skip
    shown = str(await bead(client, filed["bead_id"]))
    assert [secret for secret in secrets if secret in shown] == []
    assert shown.count("[redacted]") >= 6


async def test_long_reports_are_cut_and_huge_ones_refused(client: AsyncClient) -> None:
    filed = await report(
        client, title="t" * 2_000, message="m" * 200_000, stack_trace="at f(x)\n" * 20_000, context={"k": "v" * 20_000}
    )
    shown = await bead(client, filed["bead_id"])
    assert len(shown["title"]) == 200
    assert len(shown["description"]) < 25_000
    assert shown["context"]["reported"] == {"left_out": "20,009 characters, more than the 16,000 that are kept"}
    for more in ({"message": "m" * 200_001}, {"context": {"k": "v" * 70_000}}, {"tags": [""]}):
        await report(client, 422, **more)


@pytest.mark.parametrize(
    "body",
    [{}, {"title": " "}, {"title": "x", "severity": "huge"}, {"title": "x", "source": "moon"}, {"title": 3},
     {"title": "x", "occurred_at": "yesterday"}, {"title": "x", "colour": "red"}, {"title": "a\u0000"}],
)  # fmt: skip
async def test_what_cannot_be_filed(client: AsyncClient, body: dict[str, Any]) -> None:
    assert (await client.post(REPORT, json=body)).status_code in (400, 422)
    assert (await client.get("/api/v1/beads")).json() == []


@pytest.mark.parametrize(
    ("body", "title"),
    [({"error_type": "KeyError"}, "KeyError"), ({"message": "no\n x"}, "no x"), ({"title": "a\tb\n\x1bc"}, "a b c"),
     ({"error_type": "KeyError", "message": "x"}, "KeyError: x"), ({"message": "```\n<b>"}, "``` <b>")],
)  # fmt: skip
async def test_a_title_is_made_of_what_there_is(client: AsyncClient, body: dict[str, str], title: str) -> None:
    filed = (await client.post(REPORT, json=body)).json()
    shown = await bead(client, filed["bead_id"])
    assert shown["title"] == title
    assert "```\n<b>" not in body.get("message", "") or shown["description"].startswith("````\n```\n<b>\n````\n")


async def test_without_a_project_it_goes_to_the_one_for_it(client: AsyncClient, app: FastAPI, db: Database) -> None:
    async def chosen(http: AsyncClient) -> str:
        return str((await bead(http, (await report(http, occurred_at=None))["bead_id"]))["project_id"])

    assert await chosen(client) == "kitchen"
    for project_id, more in (("a", {"status": "closed"}), ("b", {"is_demo": True}), ("loom", {})):
        async with db.write() as tx:
            early = now() - timedelta(days=9)
            tx.add(Project(id=project_id, name=project_id, bead_prefix=project_id, created_at=early, **more))
    assert await chosen(client) == "loom"
    async with people.signed_in(app, "user", "ann", sees=["a", "b"]) as ann:
        assert await chosen(ann) == "b"
        assert (await report(ann, 404, project_id="kitchen"))["code"] == "project_not_found"
    async with people.signed_in(app, "user", "bo", sees=["a"]) as bo:
        assert (await report(bo, 409))["code"] == "no_project"
    async with people.signed_in(app, "viewer", sees=["b"]) as viewer:
        await report(viewer, 403)


async def test_only_so_many_are_taken(client: AsyncClient) -> None:
    answers = [await client.post(REPORT, json=ERROR) for _ in range(32)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) in (1, 2)
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert refused[0].json()["error"].startswith("Too many error reports from this user: 30 a minute are the most.")
    assert (await client.get("/api/v1/beads")).json()[0]["context"]["occurrences"] == 32 - len(refused)
    assert (await client.post("/api/v1/beads", json={"title": "x", "project_id": "kitchen"})).status_code == 201
