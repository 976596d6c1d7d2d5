"""Notifications over REST: who is told what, once for a cause, until it is settled, and nobody else's."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.auth.memberships import MemberRole
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.database import Database
from tests.support import people
from tests.support.streaming import open_stream

PATH = "/api/v1/notifications"


@pytest.fixture
async def mia(app: FastAPI, client: AsyncClient) -> AsyncIterator[AsyncClient]:
    """Mia, who owns the project shop; there is lab too, which she does not see."""
    for project in ("shop", "lab"):
        assert (await client.post("/api/v1/projects", json={"id": project, "name": project.title()})).is_success
    async with people.signed_in(app, "user", "mia") as http:
        await people.member(app.state.db, "mia", "shop", role=MemberRole.OWNER)
        yield http


async def told(client: AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    """One page of somebody's notifications."""
    answer = await client.get(PATH, params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["notifications"])


async def titles(client: AsyncClient, **asked: Any) -> list[str]:
    """Their titles."""
    return [one["title"] for one in await told(client, **asked)]


async def bead(client: AsyncClient, project: str = "shop", title: str = "Scones", **more: Any) -> str:
    """Files a bead."""
    answer = await client.post("/api/v1/beads", json={"project_id": project, "title": title, **more})
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


async def comment(client: AsyncClient, bead_id: str, text: str) -> None:
    """Says something about a bead."""
    answer = await client.post(f"/api/v1/beads/{bead_id}/comments", json={"content": text})
    assert answer.is_success, answer.text


async def happen(db: Database, type_: str, subject: str, **data: Any) -> None:
    """An event of the project shop."""
    async with db.write() as tx:
        append(tx, type_, actor=SYSTEM, project_id="shop", subject_id=subject, data=data)


async def test_a_mention_reaches_whom_it_names_with_its_reason_and_nobody_who_cannot_see_it(
    app: FastAPI, client: AsyncClient, mia: AsyncClient
) -> None:
    await comment(client, await bead(client), "filler " * 200 + "@Mia please look")
    await comment(client, await bead(client, "lab", "Acid"), "@mia this is secret")
    [one] = [each for each in await told(mia) if each["event_type"] == "bead.comment_created"]
    assert one["title"] == "admin mentioned you on Scones"
    assert one["why"] == "You see this because a comment names you."
    assert (one["status"], one["priority"], one["project"]) == ("unread", "high", "Shop")
    assert one["link"].startswith("/beads/")
    why = (await mia.get(f"{PATH}/{one['id']}/why")).json()
    assert why["rule"] == "Mention"
    assert "all projects" in why["let_through"]


async def test_one_s_own_deeds_tell_one_nothing(mia: AsyncClient) -> None:
    await comment(mia, await bead(mia, title="Mine"), "@mia do not forget")
    assert "Mine" not in " ".join(await titles(mia))


async def test_what_the_only_member_does_is_told_to_administrators(client: AsyncClient, mia: AsyncClient) -> None:
    await bead(mia, title="Fire", priority=0)
    assert await titles(mia, priority="critical") == []
    assert await titles(client, priority="critical") == ["A critical bead: Fire"]


async def test_a_critical_bead_is_told_to_members_and_settled_when_it_is_done(
    client: AsyncClient, mia: AsyncClient
) -> None:
    id_ = await bead(client, title="Fire", priority=0)
    await bead(client, title="Later", priority=3)
    [one] = await told(mia, priority="critical")
    assert one["title"] == "A critical bead: Fire"
    assert (await client.get(f"/api/v1/beads/{id_}")).is_success
    done = await client.patch(f"/api/v1/beads/{id_}", json={"status": "done"})
    assert done.is_success, done.text
    [one] = await told(mia, priority="critical")
    assert one["settled_at"]
    assert one["settled_by"] in ("The bead is done.", "The bead was closed.")
    assert (await mia.get(f"{PATH}/count")).json()["unread"] == len(await told(mia, settled=False, status="unread"))


async def test_decisions_come_first_by_risk_and_deadline_and_end_with_their_answer(
    client: AsyncClient, mia: AsyncClient
) -> None:
    soon, later = (rfc3339(now() + timedelta(hours=hours)) for hours in (2, 20))
    ids = {}
    for title, risk, deadline in (("Low", "low", soon), ("High", "high", later), ("Higher", "high", soon)):
        body = {
            "project_id": "shop", "title": title, "question": "Shall it?", "options": ["yes", "no"],
            "default_option": "no", "risk": risk, "deadline": deadline,
        }  # fmt: skip
        answer = await client.post("/api/v1/decisions", json=body)
        assert answer.is_success, answer.text
        ids[title] = answer.json()["id"]
    await comment(client, await bead(client), "@mia see this")
    assert (await titles(mia))[:3] == ["Higher", "High", "Low"]
    assert (await mia.get(f"{PATH}/count")).json()["needs_you"] == 3
    answered = await mia.post(f"/api/v1/decisions/{ids['High']}/decide", json={"decision": "yes", "rationale": "ok"})
    assert answered.is_success, answered.text
    assert await titles(mia, needs_action=True) == ["Higher", "Low"]
    [ended] = [one for one in await told(mia, settled=True) if one["title"] == "High"]
    assert ended["settled_by"] == "It was answered: yes"
    assert not ended["needs_action"]


async def test_the_same_cause_again_is_one_that_counts_and_is_unread_once_more(
    db: Database, client: AsyncClient, mia: AsyncClient
) -> None:
    id_ = await bead(client)
    for reason in ("no tests", "no luck"):
        await happen(db, "run.ended", id_, status="failed", message=reason)
        [one] = await told(mia, event_type="run.ended")
        await mia.post(f"{PATH}/{one['id']}/read")
    await happen(db, "run.ended", id_, status="failed", message="a third time")
    [again] = await told(mia, event_type="run.ended")
    assert (again["id"], again["count"], again["status"], again["message"]) == (one["id"], 3, "unread", "a third time")


async def test_read_unread_put_away_and_put_off(db: Database, client: AsyncClient, mia: AsyncClient) -> None:
    await happen(db, "run.ended", await bead(client), status="failed")
    [one] = await told(mia, event_type="run.ended")
    path = f"{PATH}/{one['id']}"
    assert (await mia.post(f"{path}/read")).json()["read_at"]
    assert (await mia.post(f"{path}/unread")).json()["read_at"] is None
    later = rfc3339(now() + timedelta(hours=1))
    assert (await mia.post(f"{path}/snooze", json={"until": later})).json()["snoozed_until"]
    assert await told(mia, event_type="run.ended") == []
    assert len(await told(mia, snoozed=True)) == 1
    assert (await mia.post(f"{path}/snooze", json={"until": "2020-01-01T00:00:00Z"})).json()["code"] == "bad_time"
    await mia.post(f"{path}/snooze", json={"until": None})
    assert (await mia.post(f"{path}/archive")).json()["status"] == "archived"
    assert await told(mia, event_type="run.ended") == []
    assert len(await told(mia, status="archived")) == 1
    marked = await mia.post(f"{PATH}/mark-all-read")
    assert marked.is_success
    assert (await mia.get(f"{PATH}/count")).json()["unread"] == 0


async def test_others_notifications_are_not_there(
    app: FastAPI, db: Database, client: AsyncClient, mia: AsyncClient
) -> None:
    await happen(db, "run.ended", await bead(client), status="failed")
    [one] = await told(mia, event_type="run.ended")
    async with AsyncExitStack() as stack:
        for http in (client, await stack.enter_async_context(people.signed_in(app, "user", "ben", sees=["shop"]))):
            for way in ("read", "unread", "archive"):
                answer = await http.post(f"{PATH}/{one['id']}/{way}")
                assert (answer.status_code, answer.json()["code"]) == (404, "notification_not_found")
            assert (await http.get(f"{PATH}/{one['id']}/why")).status_code == 404
    assert (await told(mia, event_type="run.ended"))[0]["status"] == "unread"


async def test_who_loses_a_project_sees_nothing_of_it_any_more(client: AsyncClient, mia: AsyncClient) -> None:
    await comment(client, await bead(client), "@mia look")
    assert await told(mia)
    assert (await client.delete("/api/v1/projects/shop/members/mia")).is_success
    assert [one for one in await told(mia) if one["project_id"] == "shop"] == []
    assert (await mia.get(f"{PATH}/count")).json() == {"unread": 0, "needs_you": 0}


async def test_preferences_change_only_what_is_given_and_decide_what_is_told(
    client: AsyncClient, mia: AsyncClient
) -> None:
    changed = await mia.patch(
        f"{PATH}/preferences",
        json={"quiet_hours_start": "22:00", "quiet_hours_end": "07:00", "time_zone": "Europe/Berlin"},
    )
    assert changed.is_success, changed.text
    wishes = (await mia.patch(f"{PATH}/preferences", json={"min_priority": "critical"})).json()
    assert (wishes["enable_in_app"], wishes["quiet_hours_start"], wishes["time_zone"]) == (
        True, "22:00", "Europe/Berlin",
    )  # fmt: skip
    await comment(client, await bead(client), "@mia look")
    await bead(client, title="Fire", priority=0)
    assert [one for one in await titles(mia) if one != "You see Shop now"] == ["A critical bead: Fire"]
    for bad, code in (
        ({"quiet_hours_start": "25:00"}, "bad_time"), ({"time_zone": "Mars/Base"}, "bad_time_zone"),
        ({"subscribed_events": ["no.such"]}, "unknown_event_type"), ({"quiet_hours_start": ""}, "bad_quiet_hours"),
    ):  # fmt: skip
        answer = await mia.patch(f"{PATH}/preferences", json=bad)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (await mia.get(f"{PATH}/preferences")).json()["quiet_hours_start"] == "22:00"


async def test_the_stream_tells_what_is_new_and_resumes(app: FastAPI, client: AsyncClient, mia: AsyncClient) -> None:
    headers = {"Authorization": mia.headers["Authorization"], "Host": "127.0.0.1:8080"}
    id_ = await bead(client)
    async with open_stream(app, f"{PATH}/stream", headers) as stream:
        hello = await stream.event()
        assert json.loads(hello["data"])["message"] == "Connected to notification stream"
        await comment(client, id_, "@mia first")
        one = await stream.event()
        assert (one["event"], json.loads(one["data"])["message"]) == ("notification", "@mia first")
    await comment(client, id_, "@mia second")
    async with open_stream(app, f"{PATH}/stream", {**headers, "Last-Event-ID": one["id"]}) as stream:
        await stream.event()
        assert json.loads((await stream.event())["data"])["message"] == "@mia second"


async def test_an_empty_body_marks_all(client: AsyncClient) -> None:
    answer = await client.post("/api/v1/notifications/mark-all-read", json={})
    assert answer.json() == {"marked": 0}, answer.text
