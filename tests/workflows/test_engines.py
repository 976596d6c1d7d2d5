"""The road on every database engine, not on SQLite alone."""

from pathlib import Path

import pytest

from loom_app.config import Settings
from loom_app.kernel.database import Database
from tests.conftest import ENGINES
from tests.support.git_repository import subjects
from tests.support.provider_process import ProviderProcess
from tests.support.temporal_server import TemporalServer
from tests.support.workshop import acts, done, open_workshop, write


@pytest.fixture(params=[engine for engine in ENGINES if engine != "sqlite"])
def template(request: pytest.FixtureRequest) -> Path | str:
    """The engines that the other tests here leave out."""
    made: str = request.getfixturevalue("postgres_template")
    return made


async def test_beads_go_the_whole_road(
    tmp_path: Path, db: Database, settings: Settings, temporal_server: TemporalServer, model: ProviderProcess
) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with open_workshop(tmp_path, db, settings, temporal_server, model) as workshop:
        await workshop.staff("qa-engineer", "engineering-manager")
        first = await workshop.bead("Less flour")
        second = await workshop.bead("More water", blocked_by=[first])
        await workshop.say(first, acts(write("flour.txt", "450 g\n"), done()))
        await workshop.say(second, acts(write("water.txt", "350 ml\n")), acts(done()))
        async with workshop.run_worker():
            await workshop.until_bead(second)
        assert subjects(workshop.origin)[1:] == ["Less flour", "More water"]
