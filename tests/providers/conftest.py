"""What the tests of providers share."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from loom_app.events import repository as events
from loom_app.events.visibility import EVERYTHING
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.providers import service
from loom_app.providers.models import Provider
from loom_app.providers.schemas import ProviderDraft
from tests.support.fixtures import provider_process
from tests.support.provider_process import ProviderProcess

__all__ = ["provider_process"]

Register = Callable[..., Awaitable[Provider]]
Told = Callable[[], Awaitable[list[tuple[str, dict[str, Any]]]]]


@pytest.fixture
def register(db: Database, vault: Vault, provider_process: ProviderProcess) -> Register:
    """Registers a provider at the test process, as Loom itself unless told who; nothing is checked."""

    async def make(**fields: Any) -> Provider:
        actor = fields.pop("actor", SYSTEM)
        draft = ProviderDraft(**{"id": "p", "endpoint": provider_process.url, "model": "test-model", **fields})
        async with db.write() as tx:
            return await service.register(tx, draft, vault=vault, actor=actor)

    return make


@pytest.fixture
def told(db: Database) -> Told:
    """The events so far, oldest first, as (type, data)."""

    async def read() -> list[tuple[str, dict[str, Any]]]:
        async with db.read() as tx:
            return [(event.type, event.data) for event in reversed(await events.newest(tx, EVERYTHING, limit=100))]

    return read
