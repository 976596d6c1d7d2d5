"""Started with another master key, Loom serves, says what it cannot open, and loses nothing."""

from collections.abc import AsyncIterator

import pytest
import structlog
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.api.app import create_api, running
from loom_app.auth import passwords, tokens
from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.database import Database
from loom_app.providers import service as providers
from loom_app.startup import tell_locked
from loom_app.status import service as status
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


async def test_it_serves_and_sessions_from_before_are_over(locked: AsyncClient, before: str) -> None:
    assert (await locked.get(f"{API}/health")).status_code == 200
    old = await locked.get(f"{API}/auth/me", headers={"Authorization": f"Bearer {before}"})
    assert (old.status_code, old.json()["code"]) == (401, "session_invalid")


async def test_with_the_right_key_everything_is_as_before(
    locked: AsyncClient, before: str, app: FastAPI, db: Database, vault: Vault
) -> None:
    await locked.post(f"{API}/auth/login", json={"username": "ada", "password": PASSWORD})
    async with people.browser(app, Authorization=f"Bearer {before}") as http:
        assert (await http.get(f"{API}/auth/me")).status_code == 200
        await sign_in(http)
    assert await opened(db, vault, "hub") == "key-of-the-hub"


async def test_what_cannot_be_opened_is_named_and_not_called(other: Database) -> None:
    async with other.read() as tx:
        shown = await status.locked_secrets(tx, OTHER, SYSTEM)
        provider = await providers.get(tx, "hub")
    assert shown["count"] == len(shown["first"])
    assert "providers.api_key_sealed of hub" in shown["first"]
    with pytest.raises(SecretUnreadable, match="The stored secret of hub cannot be opened"):
        providers.client_for(provider, OTHER)


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
