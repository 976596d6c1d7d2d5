"""What is believed and kept of what comes to the receiver, and what it answers."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.webhooks import working
from loom_app.webhooks.models import Delivery
from loom_app.webhooks.signature import LiveSecret, new_secret, sign, signer
from tests.support import people
from tests.webhooks import payloads
from tests.webhooks.conftest import Hear
from tests.webhooks.payloads import ADDRESS, headers, send

BODY = json.dumps(payloads.issues()).encode()


async def deliveries(client: AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/webhooks/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def test_without_a_secret_nothing_is_believed_and_the_answer_says_how_to_make_one(anonymous: AsyncClient) -> None:
    answer = await send(anonymous, "any", "issues", payloads.issues())
    assert (answer.status_code, answer.json()["code"]) == (403, "no_webhook_secret")
    assert "page Webhooks" in answer.json()["detail"]


async def test_what_is_signed_is_kept_and_answered_before_it_is_worked_on(
    client: AsyncClient, anonymous: AsyncClient, secret: str, db: Database, settings: Settings
) -> None:
    answer = await send(anonymous, secret, "issues", payloads.issues(), "d-1")
    assert answer.status_code == 202
    event = answer.json()["event"]
    assert answer.json()["status"] == "received"
    assert (event["id"], event["type"], event["source"], event["processed"]) == (
        "d-1", "external.github_issue", "github", False,
    )  # fmt: skip
    assert (event["repository"], event["action"]) == ("github.com/acme/shop", "opened")
    assert event["data"] == {
        "action": "opened", "number": 12, "repository": "github.com/acme/shop", "delivery": "d-1",
        "title": "The till shows cents as dollars", "url": "https://github.com/acme/Shop/issues/12",
        "author": "octocat",
    }  # fmt: skip
    assert [(one["id"], one["status"]) for one in await deliveries(client)] == [("d-1", "waiting")]
    assert await working.work_off(db, settings) == 1
    shown = (await client.get("/api/v1/webhooks/deliveries/d-1")).json()
    assert (shown["status"], shown["project_id"], shown["attempts"]) == ("done", "shop", 1)
    assert json.loads(shown["payload"]) == payloads.issues()


async def test_a_delivery_that_comes_again_is_answered_and_not_done_again(
    client: AsyncClient, hear: Hear, secret: str
) -> None:
    await hear("issues", payloads.issues(), "again")
    answer = await hear("issues", payloads.issues(title="Other words"), "again")
    assert answer.json()["status"] == "already received"
    together = await asyncio.gather(*[send(client, secret, "issues", payloads.issues(), "once") for _ in range(8)])
    assert sorted(one.json()["status"] for one in together) == ["already received"] * 7 + ["received"]
    assert len(await deliveries(client)) == 2
    beads = (await client.get("/api/v1/beads", params={"project_id": "shop"})).json()
    assert [bead["title"] for bead in beads] == ["The till shows cents as dollars"]


REFUSED: tuple[tuple[dict[str, str], int, str], ...] = (
    ({"X-Hub-Signature-256": sign("another", BODY)}, 401, "wrong_signature"),
    ({"X-Hub-Signature-256": "sha256="}, 401, "wrong_signature"),
    ({"X-Hub-Signature-256": "sha1=2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"}, 401, "wrong_signature"),
    ({"X-Hub-Signature-256": "sha256=\u00e4\u00f6"}, 401, "wrong_signature"),
    ({"X-Hub-Signature-256": ""}, 401, "not_signed"),
    ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "not_json"),
    ({"Content-Type": "text/plain"}, 415, "not_json"),
    ({"X-GitHub-Event": ""}, 400, "bad_delivery"),
    ({"X-GitHub-Event": "ISSUES; drop"}, 400, "bad_delivery"),
    ({"X-GitHub-Delivery": ""}, 400, "bad_delivery"),
    ({"X-GitHub-Delivery": "../1"}, 400, "bad_delivery"),
    ({"Content-Encoding": "gzip"}, 415, "compressed_body"),
)


async def test_what_is_not_as_github_sends_it_is_refused_and_not_kept(client: AsyncClient, secret: str) -> None:
    for change, status, code in REFUSED:
        parts = (headers("issues", BODY, secret) | change).items()
        given = [(name.encode(), value.encode("latin-1")) for name, value in parts]
        answer = await client.post(ADDRESS, content=BODY, headers=given)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (change, answer.text)
    assert await deliveries(client) == []


BODIES = (
    (b"{", 400, "bad_delivery"),
    (b"", 400, "bad_delivery"),
    (b"[]", 400, "bad_delivery"),
    (b"\xff\xfe", 400, "bad_delivery"),
    (b'{"action": "opened", "action": "closed"}', 400, "bad_delivery"),
    (b'{"number": NaN}', 400, "bad_delivery"),
    (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, "bad_delivery"),
    (b'{"a": "' + b"x" * 1024 * 1024 + b'"}', 413, "body_too_large"),
)


async def test_a_signed_body_of_another_form_is_refused(client: AsyncClient, secret: str) -> None:
    for body, status, code in BODIES:
        answer = await send(client, secret, "issues", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (body[:20], answer.text[:500])
    assert await deliveries(client) == []


async def test_a_body_of_a_mebibyte_is_taken_and_its_json_is_not_looked_at_before_the_signature(
    client: AsyncClient, secret: str
) -> None:
    large = json.dumps(payloads.payload("x", filler="")).encode()
    large = large.replace(b'"filler": ""', b'"filler": "' + b"x" * (1024 * 1024 - len(large)) + b'"')
    assert len(large) == 1024 * 1024
    assert (await send(client, secret, "push", large)).status_code == 202
    twice = b'{"action": "opened", "action": "closed"}'
    assert (await send(client, "another", "issues", twice)).json()["code"] == "wrong_signature"


async def test_unknown_events_are_kept_and_ignored_and_a_ping_is_answered(client: AsyncClient, hear: Hear) -> None:
    assert (await hear("star", payloads.payload("created"))).json() == {"status": "ignored"}
    ping = await hear("ping", {"zen": "Keep it logically awesome.", "hook_id": 1, "repository": payloads.REPOSITORY})
    assert (ping.json()["status"], ping.json()["event"]["type"]) == ("received", "external.webhook")
    assert {one["event"]: one["status"] for one in await deliveries(client)} == {"star": "ignored", "ping": "done"}
    log = (await client.get("/api/v1/events", params={"project_id": "shop", "type": "external.webhook"})).json()
    assert len(log["events"]) == 1


async def test_two_secrets_live_while_one_is_rotated_and_a_dropped_one_is_believed_no_more(
    client: AsyncClient, secret: str
) -> None:
    where = "/api/v1/projects/shop/webhook-secrets"
    newer = (await client.post(where)).json()["secret"]
    refused = await client.post(where)
    assert (refused.status_code, refused.json()["code"]) == (409, "rotation_under_way")
    for text in (secret, newer):
        assert (await send(client, text, "push", payloads.payload())).status_code == 202
    shown = (await client.get(where)).json()
    assert all(one["used_at"] for one in shown)
    assert secret not in json.dumps(shown)
    assert newer not in json.dumps(shown)
    assert (await client.delete(f"{where}/{shown[1]['id']}")).status_code == 204
    assert (await send(client, secret, "push", payloads.payload())).json()["code"] == "wrong_signature"
    assert (await send(client, newer, "push", payloads.payload())).status_code == 202


async def test_a_projects_secret_speaks_for_its_repository_alone(
    client: AsyncClient, hear: Hear, secret: str, db: Database, settings: Settings
) -> None:
    elsewhere = {"full_name": "evil/shop", "html_url": "https://github.com/evil/shop"}
    await hear("issues", payloads.issues() | {"repository": elsewhere}, "forged")
    [kept] = await deliveries(client)
    assert kept["status"] == "unmatched"
    assert "not that project's repository" in kept["problem"]
    assert (await client.get("/api/v1/beads", params={"project_id": "shop"})).json() == []
    system = (await client.post("/api/v1/webhooks/secrets")).json()["secret"]
    await send(client, system, "issues", payloads.issues() | {"repository": elsewhere}, "nobodys")
    await send(client, system, "issues", payloads.issues(), "ours")
    await working.work_off(db, settings)
    assert {one["id"]: one["project_id"] for one in await deliveries(client)} == {
        "forged": "shop", "nobodys": None, "ours": "shop",
    }  # fmt: skip
    retried = await client.post("/api/v1/webhooks/deliveries/forged/retry")
    assert (retried.status_code, retried.json()["status"]) == (202, "waiting")
    assert (await client.post("/api/v1/webhooks/deliveries/ours/retry")).json()["code"] == "not_failed"


async def test_members_see_the_deliveries_of_their_projects_and_no_others(
    app: FastAPI, client: AsyncClient, hear: Hear, db: Database, settings: Settings
) -> None:
    await hear("issues", payloads.issues(), "ours")
    async with (
        people.signed_in(app, "user", "stranger") as stranger,
        people.signed_in(app, "user", sees=["shop"]) as me,
    ):
        assert [one["id"] for one in await deliveries(me)] == ["ours"]
        assert await deliveries(stranger) == []
        assert (await stranger.get("/api/v1/webhooks/deliveries/ours")).status_code == 404
        status = (await stranger.get("/api/v1/webhooks/status")).json()
        assert (status["deliveries"], status["last_received_at"], status["enabled"]) == ({}, None, True)
        assert (await me.get("/api/v1/webhooks/status")).json()["deliveries"] == {"done": 1}
        assert (await me.post("/api/v1/webhooks/secrets")).status_code == 403


async def test_what_dies_between_kept_and_done_is_done_after_all_and_poison_is_set_aside(
    client: AsyncClient, secret: str, db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(client, secret, "issues", payloads.issues(), "d-1")

    class Killed(BaseException):
        pass

    async def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(working, "_settle", lambda *_: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            await working.work_off(db, settings)
    assert not await working.any_due(db), "whoever began has a minute"
    assert (await client.get("/api/v1/beads", params={"project_id": "shop"})).json() == []
    monkeypatch.setattr("loom_app.webhooks.repository.now", lambda: payloads.later(61))
    await working.work_off(db, settings)
    assert len((await client.get("/api/v1/beads", params={"project_id": "shop"})).json()) == 1
    monkeypatch.undo()
    await send(client, secret, "issues", payloads.issues(number=13), "poison")
    monkeypatch.setattr(working, "_take_over", _bad)
    await working.work_off(db, settings)
    [set_aside] = await deliveries(client, status="failed")
    assert (set_aside["id"], set_aside["problem"]) == ("poison", "ValueError: half a surrogate")
    monkeypatch.undo()
    await client.post("/api/v1/webhooks/deliveries/poison/retry")
    await working.work_off(db, settings)
    assert await deliveries(client, status="failed") == []


async def test_what_ends_every_worker_is_set_aside_and_what_came_with_it_is_done(
    client: AsyncClient, secret: str, db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 6):
        await send(client, secret, "issues", payloads.issues(number=number), f"d-{number}")

    class Killed(BaseException):
        pass

    real = working._work

    async def work(tx: AsyncSession, settings: Settings, row: Delivery) -> None:
        if row.id == "d-1":
            raise Killed
        await real(tx, settings, row)

    monkeypatch.setattr(working, "_work", work)
    deaths, waited = 0, 0
    while await working.any_due(db) or waited < working.MOST_ATTEMPTS + 2:
        try:
            await working.work_off(db, settings)
        except Killed:
            deaths += 1
        waited += 1
        monkeypatch.setattr("loom_app.webhooks.repository.now", partial(payloads.later, 61.0 * waited))
    assert deaths == working.MOST_ATTEMPTS
    assert [row["id"] for row in await deliveries(client, status="failed")] == ["d-1"]
    assert len(await deliveries(client, status="done")) == 4


async def test_what_waits_is_worked_on_a_few_at_a_time_and_one_at_fault_takes_none_with_it(
    client: AsyncClient, secret: str, db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "SHARED_SECONDS", 60.0)
    shared = _noted(monkeypatch, bad="d-43")
    await _sent(client, secret, range(11, 11 + working.SHARING + 2))
    assert await working.work_off(db, settings) == working.SHARING + 2
    assert sorted(Counter(map(id, shared)).values()) == [2, working.SHARING]
    await _sent(client, secret, range(41, 46))
    assert await working.work_off(db, settings) == 5
    assert [row["id"] for row in await deliveries(client, status="failed")] == ["d-43"]
    found = await client.get("/api/v1/beads", params={"project_id": "shop", "limit": 100})
    assert len(found.json()) == working.SHARING + 2 + 4, "of the one at fault nothing is left"


async def test_what_takes_long_lets_others_write_after_each(
    client: AsyncClient, secret: str, db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "SHARED_SECONDS", 0.0)
    shared = _noted(monkeypatch)
    await _sent(client, secret, range(11, 14))
    assert await working.work_off(db, settings) == 3
    assert len(set(map(id, shared))) == 3


async def _sent(client: AsyncClient, secret: str, numbers: Iterable[int]) -> None:
    for number in numbers:
        await send(client, secret, "issues", payloads.issues(number=number), f"d-{number}")


def _noted(monkeypatch: pytest.MonkeyPatch, bad: str = "") -> list[AsyncSession]:
    """The transaction of each delivery that is worked on from now on; the one named `bad` is at fault."""
    real, shared = working._work, list[AsyncSession]()

    async def work(tx: AsyncSession, settings: Settings, row: Delivery) -> None:
        shared.append(tx)
        await real(tx, settings, row)
        if row.id == bad:
            raise ValueError("half a surrogate")

    monkeypatch.setattr(working, "_work", work)
    return shared


async def _bad(*_: object) -> str:
    raise ValueError("half a surrogate")


async def test_after_seven_days_a_delivery_is_forgotten(
    client: AsyncClient, hear: Hear, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hear("push", payloads.payload(), "old")
    await working.forget_old(db)
    assert len(await deliveries(client)) == 1
    monkeypatch.setattr(working, "now", lambda: payloads.later(7 * 86_400 + 1))
    await working.forget_old(db)
    assert await deliveries(client) == []


@given(st.binary(max_size=500), st.binary(min_size=1, max_size=500))
def test_a_signature_fits_its_secret_and_its_body_alone(body: bytes, other: bytes) -> None:
    mine, theirs = new_secret(), new_secret()
    live = [LiveSecret("a", None, theirs, False), LiveSecret("b", "shop", mine, False)]
    found = signer(live, body, sign(mine, body))
    assert found is not None
    assert found.id == "b"
    assert signer(live, body + other, sign(mine, body)) is None
    assert signer(live[:1], body, sign(mine, body)) is None
    assert signer(live, body, sign(mine, body)[:-1]) is None
