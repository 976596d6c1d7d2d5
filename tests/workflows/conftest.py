"""The workshop as a fixture: one Temporal server and one model for all tests here, the rest anew for each."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from loom_app.config import Settings
from loom_app.kernel.database import Database
from tests.support.provider_process import ProviderProcess
from tests.support.temporal_server import TemporalServer
from tests.support.workshop import Workshop, open_workshop


@pytest.fixture(scope="session")
def temporal_server() -> Iterator[TemporalServer]:
    """Temporal's server in memory."""
    with TemporalServer() as server:
        yield server


@pytest.fixture(scope="session")
def model_process() -> Iterator[ProviderProcess]:
    """The scripted model's process."""
    with ProviderProcess() as process:
        yield process


@pytest.fixture
def model(model_process: ProviderProcess) -> ProviderProcess:
    """The scripted model, which has been told nothing yet."""
    model_process.reset()
    return model_process


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Path | str:
    """SQLite alone; what differs between the engines is tested closer to the database."""
    made: Path = request.getfixturevalue("sqlite_template")
    return made


@pytest.fixture
async def workshop(
    tmp_path: Path, db: Database, settings: Settings, temporal_server: TemporalServer, model: ProviderProcess
) -> AsyncIterator[Workshop]:
    """Loom without its pages; nothing is asked of the model before the test begins."""
    async with open_workshop(tmp_path, db, settings, temporal_server, model) as made:
        model.reset()
        yield made
