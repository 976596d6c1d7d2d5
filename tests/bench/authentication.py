"""What authentication costs: measured in this process, on SQLite, with nothing else going on."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import insert

from loom_app.api.app import create_api, running
from loom_app.auth import api_keys, service, tokens
from loom_app.auth.gate import personal, public
from loom_app.auth.models import ApiKey, User
from loom_app.config import Limits, Settings
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.migrate import upgrade
from tests.bench.table import Figure, percentile

KEYS = 10_000
ASKED = 2_000
ROUNDS = 1_500


def scene() -> list[Figure]:
    """The check of one of 10,000 API keys, and what a session adds to a request."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Figure]:
    settings = Settings(data_dir=folder, limits=Limits(reads=0, credentials=0))
    db = Database(settings.database_url)
    await upgrade(db)
    app = create_api(settings, db, Vault.open(folder, None))
    _add_twins(app)
    async with running(app):
        figures = [await _key_check(app.state.keys), *await _added(app)]
    await db.dispose()
    return figures


async def _key_check(keys: Keyring) -> Figure:
    """One key after another, each a different one, as often as clients come by that were never seen before."""
    texts = await _stocked(keys)
    waits = []
    for text in texts[:: KEYS // ASKED]:
        begun = time.perf_counter()
        await api_keys.actor_of_key(keys, text)
        waits.append((time.perf_counter() - begun) * 1_000)
    return Figure("api_key_check_10000_keys_p95", percentile(waits, 0.95), "ms", 1)


async def _stocked(keys: Keyring) -> list[str]:
    """The texts of KEYS keys, used a moment ago so that the check has nothing to write."""
    pepper = await keys.current(api_keys.PURPOSE)
    texts = [api_keys.new_key() for _ in range(KEYS)]
    async with keys.db.write() as tx:
        owner = await service.create_user(tx, username="owner", role="user", password_hash="none")
        used = now().replace(microsecond=0)
        rows = [
            {
                "id": text.removeprefix(api_keys.PREFIX)[: api_keys.ID_LETTERS], "user_id": owner.id, "name": "ci",
                "mac": api_keys._mac(pepper, text), "pepper_id": pepper.id, "permissions": ["beads:read"],
                "created_by": owner.id, "created_at": used, "last_used_at": used,
            }
            for text in texts
        ]  # fmt: skip
        await tx.execute(insert(ApiKey), rows)
    return texts


def _add_twins(app: FastAPI) -> None:
    """Two routes that do the same, nothing: one for everybody, one for whoever is signed in."""

    async def nothing() -> None:
        """Does nothing."""

    app.add_api_route("/api/open", nothing, status_code=204, dependencies=[public("a measurement")])
    app.add_api_route("/api/closed", nothing, status_code=204, dependencies=[personal("a measurement", by_key=True)])
    app.router.routes[:] = [*app.router.routes[-2:], *app.router.routes[:-2]]  # what answers unknown addresses is last


async def _added(app: FastAPI) -> list[Figure]:
    """The difference of the medians of both routes, asked in turn so that a busy moment falls on both."""
    keys: Keyring = app.state.keys
    async with keys.db.write() as tx:
        user: User = await service.create_user(tx, username="asker", role="user", password_hash="none")
    signed = {"Authorization": f"Bearer {await tokens.issue(keys, user)}"}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1:8080", headers=signed) as http:
        opened, closed = await _in_turn(lambda: http.get("/api/open"), lambda: http.get("/api/closed"))
    added = statistics.median(closed) - statistics.median(opened)
    return [Figure("authentication_adds_median", added, "ms", 1)]


async def _in_turn(*asked: Callable[[], Awaitable[Response]]) -> list[list[float]]:
    waits: list[list[float]] = [[] for _ in asked]
    for _ in range(ROUNDS):
        for ask, kept in zip(asked, waits, strict=True):
            begun = time.perf_counter()
            answer = await ask()
            kept.append((time.perf_counter() - begun) * 1_000)
            assert answer.status_code == 204, answer.text
    return waits
