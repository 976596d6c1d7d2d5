"""What tests stand on: a freshly migrated database, the application, a person signed in."""

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.migrate import upgrade

POSTGRES = os.environ.get("LOOM_TEST_POSTGRES_URL", "")
ENGINES = ["sqlite", *(["postgresql"] if POSTGRES else [])]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the newest schema, to be copied."""
    import asyncio

    path = tmp_path_factory.mktemp("template") / "loom.db"

    async def make() -> None:
        db = Database(f"sqlite+aiosqlite:///{path}")
        await upgrade(db)
        await db.dispose()

    asyncio.run(make())
    return path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The name of an empty PostgreSQL database with the newest schema, to be copied."""
    import asyncio

    name = f"loom_template_{uuid.uuid4().hex[:8]}"
    url = make_url(POSTGRES)

    async def make() -> None:
        await _administer(f'CREATE DATABASE "{name}"')
        db = Database(url.set(database=name).render_as_string(hide_password=False))
        await upgrade(db)
        await db.dispose()

    asyncio.run(make())
    yield name
    asyncio.run(_administer(f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _administer(statement: str) -> None:
    dsn = make_url(POSTGRES).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a data directory of the test's own."""
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture(params=ENGINES)
async def db(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[Database]:
    """A fresh database; each test that takes it runs once per engine."""
    if request.param == "sqlite":
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy(request.getfixturevalue("sqlite_template"), settings.data_dir / "loom.db")
        database = Database(settings.database_url)
        yield database
        await database.dispose()
        return
    name = f"loom_{uuid.uuid4().hex[:12]}"
    await _administer(f'CREATE DATABASE "{name}" TEMPLATE "{request.getfixturevalue("postgres_template")}"')
    database = Database(make_url(POSTGRES).set(database=name).render_as_string(hide_password=False))
    yield database
    await database.dispose()
    await _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def vault(settings: Settings) -> Vault:
    """A vault whose key is made for the test."""
    return Vault.open(settings.data_dir, None)
