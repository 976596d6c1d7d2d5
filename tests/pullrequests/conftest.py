"""A GitHub on loopback and a run whose work waits for review there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import GitHubSites, Settings
from loom_app.gitaccess import service as gitaccess
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.projects.models import GitStrategy, Project
from tests.pullrequests.scene import Scene
from tests.runs.stage import set_up
from tests.support.git_repository import made
from tests.support.github import GitHubStandIn
from tests.support.workshop import RECIPE


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHubStandIn]:
    """GitHub, with the recipe as acme/shop."""
    with GitHubStandIn(tmp_path / "github", made(tmp_path / "theirs", RECIPE)) as site:
        yield site


@pytest.fixture
def here(settings: Settings, hub: GitHubStandIn) -> Settings:
    """Settings that know that GitHub."""
    return settings.model_copy(update={"github": GitHubSites(enterprise=[hub.api], poll_seconds=60)})


@pytest.fixture
async def scene(db: Database, here: Settings, hub: GitHubStandIn, vault: Vault, tmp_path: Path) -> Scene:
    """A run that has left its change, 450 g of flour, on its branch, and Loom before it has noticed."""

    async def reach(tx: AsyncSession, project: Project) -> None:
        project.git_repo, project.git_strategy = hub.clone_url, GitStrategy.BRANCH_PR
        await gitaccess.set_login(tx, vault, project, "", hub.token, actor=SYSTEM)

    scene = Scene(hub, await set_up(db, here, tmp_path, reach), here)
    await scene.finish("450 g\n")
    return scene
