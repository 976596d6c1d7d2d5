"""A kitchen in which people talk with an agent."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from tests.pair.stage import Kitchen, open_kitchen
from tests.support.provider_process import ProviderProcess


@pytest.fixture
async def kitchen(
    tmp_path: Path, db: Database, settings: Settings, vault: Vault, provider_process: ProviderProcess
) -> AsyncIterator[Kitchen]:
    """A kitchen of the test's own."""
    async with open_kitchen(tmp_path, db, settings, vault, provider_process) as opened:
        yield opened
