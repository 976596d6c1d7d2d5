"""Events reach the addresses that ask for them, signed, at least once, and only what their owner may read."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select

from loom_app.config import Settings, Webhooks
from loom_app.events import repository as log
from loom_app.events.service import append
from loom_app.events.tail import EventTail
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.outgoing import posting, repository, schedule, sending
from loom_app.outgoing import service as outgoing
from loom_app.outgoing.following import Following
from loom_app.outgoing.models import Sending
from loom_app.outgoing.posting import Poster
from tests.outgoing.listening import Listener
from tests.support import people, rows
from workers.outgoing import Outgoing

ENDPOINTS = "/api/v1/webhooks/endpoints"


@pytest.fixture
async def site() -> AsyncIterator[Listener]:
    async with Listener() as listener:
        yield listener


@pytest.fixture
def settings(settings: Settings, site: Listener) -> Settings:
    return settings.model_copy(update={"webhooks": Webhooks(allowed_targets=[site.origin])})


class House:
    """What the worker does, step by step."""

    def __init__(self, db: Database, vault: Vault, settings: Settings, client: AsyncClient) -> None:
        self.db, self.vault, self.settings, self.client = db, vault, settings, client
        self.following, self.poster = Following(db, settings), Poster(settings.webhooks.allowed_targets)

    async def endpoint(self, url: str, client: AsyncClient | None = None, **more: Any) -> dict[str, Any]:
        answer = await (client or self.client).post(ENDPOINTS, json={"url": url, "project_id": "kitchen", **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def happen(self, type_: str = "bead.created", project_id: str | None = "kitchen", **data: Any) -> None:
        async with self.db.write() as tx:
            append(tx, type_, actor=SYSTEM, project_id=project_id, subject_id="kitchen-1", data=data)

    async def hear(self) -> int:
        async with self.db.read() as tx:
            return await self.following.hear(await log.after(tx, 0, 500))

    async def send(self) -> None:
        for endpoint_id in await sending.due(self.db):
            await sending.attend(self.db, self.vault, self.settings, self.poster, endpoint_id)

    async def work(self) -> None:
        await self.hear()
        await self.send()

    async def messages(self, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
        return list((await self.client.get(f"{ENDPOINTS}/{endpoint['id']}/messages")).json())

    async def rested(self) -> None:
        """Has the waits be over."""
        async with self.db.write() as tx:
            for row in (await tx.execute(select(Sending))).scalars():
                row.due_at = now() if row.due_at else None
            for endpoint in await repository.enabled(tx):
                endpoint.rest_until = None


@pytest.fixture
async def house(db: Database, vault: Vault, settings: Settings, client: AsyncClient) -> AsyncIterator[House]:
    await rows.project(db)
    house = House(db, vault, settings, client)
    yield house
    await house.poster.close()


async def test_an_event_is_sent_once_signed_with_the_secret_that_was_shown(house: House, site: Listener) -> None:
    made = await house.endpoint(site.url, events=["bead.*"])
    await house.happen(title="Weigh")
    await house.happen("run.ended")
    await house.work()
    await house.work()
    [taken] = site.taken
    told = json.loads(taken.body)
    assert (told["type"], told["data"]["data"]) == ("bead.created", {"title": "Weigh"})
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    signed = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.".encode() + taken.body
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert taken.headers["webhook-signature"] == f"v1,{expected}"
    [shown] = await house.messages(made)
    assert (shown["status"], shown["answer"], shown["attempts"]) == ("delivered", 204, 1)
    assert "secret" not in (await house.client.get(f"{ENDPOINTS}/{made['id']}")).json()
    again = (await house.client.post(f"{ENDPOINTS}/{made['id']}/rotate")).json()
    assert again["secret"] != made["secret"]
    await house.happen()
    await house.work()
    assert len(site.taken[-1].headers["webhook-signature"].split(" ")) == 2


async def test_what_is_not_taken_is_tried_again_under_its_id_and_given_up_after_a_day(
    house: House, site: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await house.endpoint(site.url)
    await house.happen()
    site.status = 500
    await house.work()
    await house.send()
    assert len(site.taken) == 1, "it rests"
    await house.rested()
    site.status = 302
    await house.send()
    [shown] = await house.messages(made)
    assert (shown["status"], shown["attempts"], shown["answer"]) == ("waiting", 2, 302)
    assert "follows no redirects" in shown["problem"]
    await house.rested()
    monkeypatch.setattr(sending, "now", lambda: now() + timedelta(days=1))
    await house.send()
    [shown] = await house.messages(made)
    assert shown["status"] == "dead"
    monkeypatch.undo()
    site.status = 200
    answer = await house.client.post(f"/api/v1/webhooks/messages/{shown['id']}/redeliver")
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    await house.rested()
    await house.send()
    assert {taken.headers["webhook-id"] for taken in site.taken} == {shown["id"]}
    assert (await house.messages(made))[0]["status"] == "delivered"
    detail = (await house.client.get(f"/api/v1/webhooks/messages/{shown['id']}")).json()
    assert json.loads(detail["body"])["type"] == "bead.created"


async def test_one_that_hangs_is_given_up_in_time_and_holds_up_no_other(
    house: House, site: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "SECONDS", 0.1)
    made = await house.endpoint(site.url)
    site.hangs = True
    for _ in range(3):
        await house.happen()
    await house.work()
    assert len(site.taken) == 1, "the others wait until it has rested"
    waiting = await house.messages(made)
    assert [one["problem"] for one in waiting if one["problem"]] == ["No answer within 0.1 s."]
    assert {one["status"] for one in waiting} == {"waiting"}
    assert await sending.due(house.db) == []


async def test_an_answer_without_end_is_cut_and_one_by_the_byte_is_given_up(
    house: House, site: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await house.endpoint(site.url)
    site.pours = True
    await house.happen()
    await house.work()
    [shown] = await house.messages(made)
    assert (shown["status"], shown["answer"]) == ("delivered", 200)
    assert site.poured < 16 * 2**20, "it is not read to an end that never comes"
    monkeypatch.setattr(posting, "SECONDS", 0.3)
    site.drips = 0.05
    await house.happen()
    await house.work()
    assert (await house.messages(made))[0]["problem"] == "No answer within 0.3 s."


async def test_as_many_as_there_may_be_hang_and_one_beside_them_is_told_at_once(
    house: House, site: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Listener(hangs=True) as silent:
        allowed = [site.origin, silent.origin]
        house.settings.webhooks.allowed_targets[:] = allowed
        for _ in range(outgoing.MOST_ENDPOINTS - 1):
            await house.endpoint(silent.url, events=["bead.created"])
        await house.endpoint(site.url, events=["bead.created"])
        await house.happen()
        await house.hear()
        async with EventTail(house.db) as tail:
            sender = asyncio.create_task(Outgoing(house.db, house.vault, house.settings, tail).send())
            async with asyncio.timeout(posting.SECONDS / 2):
                await site.came.wait()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        assert len(silent.taken) > 0


async def test_after_fifty_failures_in_a_row_it_is_switched_off_and_goes_on_where_it_was_when_switched_on(
    house: House, site: Listener
) -> None:
    made = await house.endpoint(site.url)
    site.status = 500
    for _ in range(schedule.MOST_FAILURES + 2):
        await house.happen()
    await house.hear()
    tries = 0
    while (await house.client.get(f"{ENDPOINTS}/{made['id']}")).json()["enabled"]:
        await house.rested()
        await house.send()
        tries += 1
    assert (tries, len(site.taken)) == (schedule.MOST_FAILURES, schedule.MOST_FAILURES)
    problem = (await house.client.get(f"{ENDPOINTS}/{made['id']}")).json()["problem"]
    assert problem.startswith("50 attempts in a row have failed. The last one: Answered 500")
    assert problem.endswith("Mend it, then switch it on.")
    await house.happen(title="while it was off")
    await house.rested()
    await house.work()
    assert len(site.taken) == tries
    site.status, site.taken = 200, []
    await house.client.patch(f"{ENDPOINTS}/{made['id']}", json={"enabled": True})
    await house.send()
    assert len({taken.headers["webhook-id"] for taken in site.taken}) == len(site.taken) == schedule.MOST_FAILURES + 2
    assert {one["status"] for one in await house.messages(made)} == {"delivered"}


async def test_after_many_failures_or_a_410_it_is_switched_off_and_its_owner_is_told(
    house: House, site: Listener
) -> None:
    made = await house.endpoint(site.url)
    await house.happen()
    site.status = 410
    await house.work()
    shown = (await house.client.get(f"{ENDPOINTS}/{made['id']}")).json()
    assert not shown["enabled"]
    assert "asks for no more messages" in shown["problem"]
    found = await house.client.get("/api/v1/events", params={"type": "webhook.switched_off"})
    assert len(found.json()["events"]) == 1
    await house.happen()
    await house.work()
    assert len(site.taken) == 1
    site.status = 200
    await house.client.patch(f"{ENDPOINTS}/{made['id']}", json={"enabled": True})
    await house.work()
    assert (await house.client.get(f"{ENDPOINTS}/{made['id']}")).json()["problem"] == ""
    assert {one["status"] for one in await house.messages(made)} == {"delivered"}


async def test_an_endpoint_is_told_what_its_owner_may_read_at_the_time(
    app: FastAPI, house: House, site: Listener
) -> None:
    await rows.project(house.db, "cellar")
    async with people.signed_in(app, "user", "cook", sees=["kitchen"]) as cook:
        refused = await cook.post(ENDPOINTS, json={"url": site.url, "project_id": "cellar"})
        assert refused.status_code == 404
        own = await house.endpoint(site.url, cook, project_id=None)
        await house.happen(title="seen")
        await house.happen(project_id="cellar", title="hidden")
        await house.happen("settings.webhook_secret_made", None)
        await house.happen("webhook.switched_off", title="never of itself")
        await house.hear()
        gone = await house.client.delete("/api/v1/projects/kitchen/members/cook")
        assert gone.status_code == 204, gone.text
        await house.send()
        assert site.taken == []
        [shown] = [one for one in await house.messages(own) if one["event_type"] == "bead.created"]
        assert (shown["status"], "may no longer read" in shown["problem"]) == ("dead", True)
        async with people.signed_in(app, "user", "other", sees=["kitchen"]) as other:
            assert (await other.get(f"{ENDPOINTS}/{own['id']}")).status_code == 404
            shared = await house.endpoint(site.url)
            taken = await other.patch(f"{ENDPOINTS}/{shared['id']}", json={"url": "https://evil.example/"})
            assert (taken.status_code, taken.json()["code"]) == (403, "not_yours")


async def test_a_test_really_sends_and_says_what_came_of_it(house: House, site: Listener) -> None:
    made = await house.endpoint(site.url, enabled=False)
    tried = (await house.client.post(f"{ENDPOINTS}/{made['id']}/test")).json()
    assert (tried["status"], tried["answer"], tried["event_type"]) == ("delivered", 204, "webhook.test")
    assert json.loads(site.taken[0].body)["type"] == "webhook.test"
    site.status = 503
    tried = (await house.client.post(f"{ENDPOINTS}/{made['id']}/test")).json()
    assert (tried["status"], tried["answer"]) == ("dead", 503)


async def test_private_and_odd_addresses_are_refused_when_given_and_when_called(
    house: House, site: Listener, settings: Settings
) -> None:
    for url in ("http://127.0.0.1:1/", "https://169.254.169.254/", "https://10.0.0.1/", "http://example.com/"):
        refused = await house.client.post(ENDPOINTS, json={"url": url})
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_target"), refused.text
    made = await house.endpoint(site.url)
    house.settings = settings.model_copy(update={"webhooks": Webhooks()})
    strict = Poster([])
    await house.happen()
    await house.hear()
    await sending.attend(house.db, house.vault, house.settings, strict, made["id"])
    await strict.close()
    assert site.taken == []
    assert "Loom does not send there" in (await house.messages(made))[0]["problem"]


async def test_messages_are_forgotten_after_a_week(
    house: House, site: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await house.endpoint(site.url)
    await house.happen()
    await house.work()
    await sending.forget_old(house.db)
    assert len(await house.messages(made)) == 1
    monkeypatch.setattr(sending, "now", lambda: now() + timedelta(days=7, seconds=1))
    await sending.forget_old(house.db)
    assert await house.messages(made) == []
