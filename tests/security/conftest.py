"""An installation that the matrices are walked on, and who walks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.config import Agents, Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.ui import runtime
from tests.support import world
from tests.support.people import browser
from tests.support.world import CALLERS, UNLIMITED, World


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that limit nobody: a walk asks more often than people may."""
    return Settings(data_dir=tmp_path / "data", limits=UNLIMITED, agents=Agents(corp_profile="none"))


@pytest.fixture
async def seeded(app: FastAPI) -> World:
    """An installation with one of everything, twice."""
    return await world.made(app)


@pytest.fixture(params=CALLERS)
def caller(request: pytest.FixtureRequest) -> str:
    """Each kind of caller in turn."""
    kind: str = request.param
    return kind


@pytest.fixture
async def http(app: FastAPI, seeded: World, caller: str) -> AsyncIterator[AsyncClient]:
    """The client of the caller."""
    async with browser(app, **seeded.headers[caller]) as client:
        yield client


@pytest.fixture
def pages(app: FastAPI, db: Database, vault: Vault, settings: Settings) -> None:
    """The pages on the test's database."""
    runtime.install(runtime.Runtime(db, vault, app.state.keys, settings, app.state.tail))
