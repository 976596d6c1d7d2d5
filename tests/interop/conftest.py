"""The real beads tool beside Loom's, for tests that compare them."""

from pathlib import Path

import pytest

from scripts.interop import VERSIONS, Version
from tests.bdcli.conftest import bd
from tests.interop.real import EVERYTHING, Real

__all__ = ["bd"]


@pytest.fixture
def template(sqlite_template: Path) -> Path:
    """One engine will do: what differs here are the tools."""
    return sqlite_template


@pytest.fixture(scope="session", params=VERSIONS, ids=lambda version: f"bd-{version.number}")
def begun(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Real:
    """A version of `bd` with an empty database, which takes it seconds to make; skips where it is not installed."""
    version: Version = request.param
    if not (version.folder / "bd").exists():
        pytest.skip(f"bd {version.number} is not in {version.folder}: `make interop-tools` builds it where Go is")
    tool = Real(version, tmp_path_factory.mktemp("begun"))
    tool.init()
    return tool


@pytest.fixture(scope="session")
def begun_with_everything(begun: Real, tmp_path_factory: pytest.TempPathFactory) -> Real:
    """The same with beads that have everything the command line can say."""
    tool = begun.copy(tmp_path_factory.mktemp("filled") / "real")
    for words in EVERYTHING:
        tool.run(*words)
    return tool


@pytest.fixture
def real(begun: Real, tmp_path: Path) -> Real:
    """A version of `bd` with an empty database of the test's own, whose ids begin with t-."""
    return begun.copy(tmp_path / "real")


@pytest.fixture
def full(begun_with_everything: Real, tmp_path: Path) -> Real:
    """As `real`, with EVERYTHING."""
    return begun_with_everything.copy(tmp_path / "real")
