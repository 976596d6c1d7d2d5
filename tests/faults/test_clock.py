"""A clock that is set forwards by a day and back by an hour: nothing happens twice, and nothing is stuck for long."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.engine import make_url

from loom_app.config import Settings
from loom_app.events import repository as log
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.outgoing import sending
from loom_app.outgoing.following import Following
from loom_app.outgoing.models import Endpoint, Sending
from loom_app.providers.health import is_due
from loom_app.providers.models import Provider
from loom_app.runs import lease
from loom_app.upkeep import copies, service
from loom_app.webhooks import repository as deliveries
from loom_app.webhooks import working
from tests.support import people, rows
from tests.support.clock import Clock
from tests.webhooks import payloads


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def test_a_session_and_its_end_hold_and_whoever_is_refused_signs_in_again(
    app: FastAPI, client: AsyncClient, clock: Clock
) -> None:
    ended = client.headers["Authorization"]
    assert (await client.post("/api/v1/auth/logout")).status_code == 204
    clock.set(days=2)
    async with people.signed_in(app, "user", "later") as later:
        assert (await later.post("/api/v1/auth/logout")).status_code == 204
    clock.set()
    assert (await client.get("/api/v1/auth/me", headers={"Authorization": ended})).status_code == 401
    async with people.signed_in(app, "user", "before") as before:
        clock.set(hours=-1)
        assert (await before.get("/api/v1/auth/me")).status_code == 401
        async with people.signed_in(app, "user", "anew") as anew:
            assert (await anew.get("/api/v1/auth/me")).status_code == 200


async def test_a_lease_ends_once_and_who_outlived_it_writes_nothing(db: Database, clock: Clock) -> None:
    await rows.project(db)
    bead_id = await rows.bead(db)
    async with db.write() as tx:
        token = await lease.take(tx, bead_id, holder="worker", seconds=30)
    clock.set(days=1)
    async with db.write() as tx:
        (over,) = await lease.expired(tx)
        assert await lease.release(tx, over.bead_id, over.token)
        later = await lease.take(tx, bead_id, holder="another", seconds=30)
        assert await lease.expired(tx) == []
    clock.set(hours=-1)
    async with db.write() as tx:
        with pytest.raises(lease.LeaseLost):
            await lease.renew(tx, bead_id, token, 30)
        await lease.renew(tx, bead_id, later, 30)
    clock.set(hours=-1, seconds=31)
    async with db.write() as tx:
        assert [held.token for held in await lease.expired(tx)] == [later]


async def test_an_address_given_before_the_clock_was_put_back_is_told_of_everything_that_comes_after(
    db: Database, settings: Settings, client: AsyncClient, clock: Clock
) -> None:
    await rows.project(db)

    async def happens(subject: str) -> None:
        async with db.write() as tx:
            append(tx, "bead.created", actor=SYSTEM, project_id="kitchen", subject_id=subject, data={"title": subject})

    await happens("before")
    target = {"url": "https://example.com/hook", "project_id": "kitchen", "events": ["bead.created"]}
    assert (await client.post("/api/v1/webhooks/endpoints", json=target)).status_code == 201
    clock.set(hours=-1)
    await happens("after")
    async with db.read() as tx:
        batch = await log.after(tx, 0, 100)
    assert await Following(db, settings).hear(batch) == 1
    async with db.read() as tx:
        (message,) = (await tx.execute(select(Sending))).scalars()
    assert '"subject_id":"after"' in message.body


async def test_what_was_put_off_while_the_clock_ran_ahead_is_done_when_it_is_right(
    db: Database, settings: Settings, vault: Vault, client: AsyncClient, clock: Clock
) -> None:
    await rows.project(db)
    made = await client.post("/api/v1/projects/kitchen/webhook-secrets")
    await payloads.send(client, made.json()["secret"], "issues", payloads.issues(), "d-1")
    clock.set(days=1)
    async with db.write() as tx:
        tx.add(
            Endpoint(id="whe-1", owner_id="x", owner="x", url="https://x.example/", secret_sealed="-", rest_until=now())
        )
        due: dict[str, Any] = {"event_id": "evt-1", "event_type": "bead.created", "seq": 1, "body": "{}"}
        tx.add(Sending(id="msg-1", endpoint_id="whe-1", due_at=now(), **due))
        assert await deliveries.claim(tx, 1) == ["d-1"]
    assert not await working.any_due(db)
    clock.set()
    assert await working.any_due(db)
    assert await sending.due(db) == ["whe-1"]
    clock.set(hours=-1)
    await working.work_off(db, settings)
    assert not await working.any_due(db)


def test_a_provider_is_asked_again_after_the_clock_was_put_back() -> None:
    provider = Provider(id="model", name="Model", endpoint="http://x", last_heartbeat_at=now(), status="active")
    assert not is_due(provider, now() + timedelta(seconds=10), 30)
    assert is_due(provider, now() + timedelta(days=1), 30)
    assert is_due(provider, now() - timedelta(hours=1), 30)


async def test_copies_from_a_time_to_come_neither_keep_others_from_being_made_nor_push_them_out(
    db: Database, settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    if make_url(db.url).get_backend_name() != "sqlite":
        pytest.skip("copies of PostgreSQL are pg_dump's")
    of = settings.model_copy(
        update={"backups": settings.backups.model_copy(update={"folder": str(tmp_path), "keep": 2})}
    )
    for days in (30, 31):
        clock.set(days=days)
        await service.back_up(db, of)
    clock.set()
    assert await service.due(db, of, now())
    made = await service.back_up(db, of)
    assert not await service.due(db, of, now())
    assert made.file in [copy.file for copy in copies.kept(tmp_path)]
    assert len(copies.kept(tmp_path)) == 2
