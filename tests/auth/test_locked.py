"""Started with another master key, Loom serves, says what it cannot open, and loses nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import structlog
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.api.app import create_api, running
from loom_app.auth import passwords, tokens
from loom_app.config import Settings
from loom_app.events import chain
from loom_app.events.models import AuditHead
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.startup import tell_locked
from tests.support import people
from tests.support.provider_keys import opened, store

PASSWORD = "flour-water-salt-27"
OTHER = Vault(b"another master key than before, of no use here")
API = "/api/v1"


@pytest.fixture
async def before(app: FastAPI, db: Database, vault: Vault) -> str:
    """A person with a session, and a provider with a key, of the time of the first master key: the session's token."""
    ada = await people.person(db, "admin", "ada", await passwords.hashed(PASSWORD))
    await store(db, vault, "hub", "key-of-the-hub")
    return await tokens.issue(app.state.keys, ada)


@pytest.fixture
async def other(db: Database, before: str) -> AsyncIterator[Database]:
    """The same database, opened by a Loom with another master key."""
    opened_anew = Database(db.url.render_as_string(hide_password=False))
    yield opened_anew
    await opened_anew.dispose()


@pytest.fixture
async def locked(settings: Settings, other: Database) -> AsyncIterator[AsyncClient]:
    """A browser at the Loom that was started with another master key."""
    app = create_api(settings, other, OTHER)
    async with running(app), people.browser(app) as http:
        yield http


async def sign_in(http: AsyncClient) -> None:
    """Ada signs in."""
    answer = await http.post(f"{API}/auth/login", json={"username": "ada", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    http.headers["Authorization"] = f"Bearer {answer.json()['token']}"


async def go_on_without_the_old_key(other: Database) -> None:
    """Starts a new chain of the audit log, which is what an administrator does who has lost the master key."""
    keys = Keyring(other, OTHER)
    async with other.write() as tx:
        head = await tx.get(AuditHead, 1)
        assert head is not None
        await chain.anchor(tx, head, await keys.rotate(tx, chain.PURPOSE, timedelta(0)), keys)


async def test_it_serves_and_says_why_nobody_signs_in(locked: AsyncClient, before: str, app: FastAPI) -> None:
    assert (await locked.get(f"{API}/health")).status_code == 200
    old = await locked.get(f"{API}/auth/me", headers={"Authorization": f"Bearer {before}"})
    assert (old.status_code, old.json()["code"]) == (401, "session_invalid")
    answer = await locked.post(f"{API}/auth/login", json={"username": "ada", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (503, "audit_chain_broken")
    assert "cannot be opened with the present master key" in answer.json()["detail"]


async def test_with_the_right_key_everything_is_as_before(
    locked: AsyncClient, before: str, app: FastAPI, db: Database, vault: Vault
) -> None:
    await locked.post(f"{API}/auth/login", json={"username": "ada", "password": PASSWORD})
    async with people.browser(app, Authorization=f"Bearer {before}") as http:
        assert (await http.get(f"{API}/auth/me")).status_code == 200
        await sign_in(http)
    assert await opened(db, vault, "hub") == "key-of-the-hub"


async def test_whoever_has_lost_the_key_goes_on_and_enters_secrets_again(locked: AsyncClient, other: Database) -> None:
    await go_on_without_the_old_key(other)
    await sign_in(locked)
    shown = (await locked.get(f"{API}/system/status")).json()["locked_secrets"]
    assert "providers.api_key_sealed of hub" in shown["first"]
    assert shown["count"] == len(shown["first"])
    changed = await locked.put(f"{API}/providers/hub", json={"api_key": "key-entered-again"})
    assert changed.status_code == 200, changed.text
    assert await opened(other, OTHER, "hub") == "key-entered-again"
    shown = (await locked.get(f"{API}/system/status")).json()["locked_secrets"]
    assert "providers.api_key_sealed of hub" not in shown["first"]


async def test_a_call_to_the_provider_says_why_it_cannot_be_made(locked: AsyncClient, other: Database) -> None:
    await go_on_without_the_old_key(other)
    await sign_in(locked)
    listing = await locked.get(f"{API}/providers/hub/models")
    assert (listing.status_code, listing.json()["code"]) == (500, "secret_unreadable")
    assert "The stored secret of hub cannot be opened" in listing.json()["detail"]
    checked = (await locked.post(f"{API}/providers/hub/check")).json()
    assert "The stored secret of hub cannot be opened" in checked["last_heartbeat_error"]


async def test_the_log_says_it_at_the_start(db: Database, vault: Vault) -> None:
    await store(db, vault, "hub", "key-of-the-hub")
    with structlog.testing.capture_logs() as said:
        await tell_locked(db, vault)
        assert said == []
        await tell_locked(db, OTHER)
    (line,) = said
    assert line["log_level"] == "error"
    assert "providers.api_key_sealed of hub" in line["first"]
    assert "key-of-the-hub" not in str(said)
