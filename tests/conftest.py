"""What tests stand on: a freshly migrated database, the application, a person signed in."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy.engine import make_url

from loom_app.api.app import create_api, running
from loom_app.config import Agents, Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.migrate import upgrade
from loom_app.personas import folder
from tests.support import people
from tests.support.postgres import Databases

# A busy machine is not a fault of the code; what must be quick is measured by the benchmarks.
hypothesis.settings.register_profile(
    "loom", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("loom")

pytest_plugins = ["tests.support.fixtures"]

POSTGRES = os.environ.get("LOOM_TEST_POSTGRES_URL", "")
ENGINES = ["sqlite", *(["postgresql"] if POSTGRES else [])]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "loom.db"

    async def make() -> None:
        db = Database(f"sqlite+aiosqlite:///{path}")
        await upgrade(db)
        await db.dispose()

    _complete(make)
    return path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[Databases]:
    """PostgreSQL's databases with the newest schema, to be lent."""
    made = Databases(make_url(POSTGRES))

    async def make() -> None:
        name = await made.make()
        db = Database(made.address(name))
        await upgrade(db)
        await db.dispose()
        made.copy(name)

    _complete(make)
    yield made
    _complete(made.close)


def _complete(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs `work` in a loop of its own, for fixtures that an async fixture asks for from within the test's loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(work())).result()


@pytest.fixture(autouse=True)
def own_personas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where personas are written; those that come with Loom are read beside it."""
    monkeypatch.setattr(folder, "own", lambda: tmp_path / "personas")
    return tmp_path / "personas"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a data directory of the test's own; projects begin without a team."""
    return Settings(data_dir=tmp_path / "data", agents=Agents(corp_profile="none"))


@pytest.fixture(params=ENGINES)
def template(request: pytest.FixtureRequest) -> Path | Databases:
    """Where one engine's empty databases are from, made outside any event loop: a file of SQLite, or PostgreSQL's."""
    made: Path | Databases = request.getfixturevalue(f"{request.param}_template".replace("postgresql", "postgres"))
    return made


@pytest.fixture
async def db(template: Path | Databases, settings: Settings, vault: Vault) -> AsyncIterator[Database]:
    """A fresh database; each test that takes it runs once per engine."""
    if isinstance(template, Path):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy(template, settings.data_dir / "loom.db")
        database = Database(settings.database_url)
        Keyring(database, vault)
        yield database
        await database.dispose()
        return
    name = await template.lend()
    database = Database(template.address(name))
    Keyring(database, vault)
    yield database
    await database.dispose()
    await template.give_back(name)


@pytest.fixture(params=ENGINES)
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a database without a single table; each test that takes it runs once per engine."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    databases = Databases(make_url(POSTGRES))
    name = await databases.make()
    yield databases.address(name)
    await databases.drop(name)


@pytest.fixture
def vault(settings: Settings) -> Vault:
    """A vault whose key is made for the test."""
    return Vault.open(settings.data_dir, None)


@pytest.fixture
async def app(settings: Settings, db: Database, vault: Vault) -> AsyncIterator[FastAPI]:
    """The REST application, following its event log."""
    api = create_api(settings, db, vault)
    async with running(api):
        yield api


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client nobody is signed in to."""
    async with people.browser(app) as http:
        yield http


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client signed in as the administrator `admin`."""
    async with people.signed_in(app, "admin") as http:
        yield http
