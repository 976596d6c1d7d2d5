"""A project whose repository GitHub tells of, and the secret it signs with."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx import AsyncClient, Response

from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from loom_app.webhooks import working
from tests.webhooks import payloads

Hear = Callable[..., Awaitable[Response]]


@pytest.fixture
async def shop(db: Database) -> str:
    """The project of acme/shop."""
    async with db.write() as tx:
        tx.add(Project(id="shop", name="Shop", git_repo=payloads.CLONE))
    return "shop"


@pytest.fixture
async def secret(client: AsyncClient, shop: str) -> str:
    """The project's own secret."""
    answer = await client.post(f"/api/v1/projects/{shop}/webhook-secrets")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["secret"])


@pytest.fixture
def hear(client: AsyncClient, db: Database, settings: Settings, secret: str) -> Hear:
    """Has GitHub deliver something, and Loom work on it."""

    async def heard(event: str, told: dict[str, Any] | bytes, delivery: str = "") -> Response:
        answer = await payloads.send(client, secret, event, told, delivery)
        assert answer.status_code == 202, answer.text
        await working.work_off(db, settings)
        return answer

    return heard
