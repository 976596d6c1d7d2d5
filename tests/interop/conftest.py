"""The real beads tool beside Loom's, for tests that compare them."""

from pathlib import Path

import pytest

from scripts.interop import VERSIONS, Version
from tests.bdcli.conftest import bd
from tests.interop.real import Real

__all__ = ["bd", "real"]


@pytest.fixture
def template(sqlite_template: Path) -> Path:
    """One engine will do: what differs here are the tools."""
    return sqlite_template


@pytest.fixture(params=VERSIONS, ids=lambda version: f"bd-{version.number}")
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Real:
    """A version of `bd` with an empty database whose ids begin with t-; skips where that version is not installed."""
    version: Version = request.param
    if not (version.folder / "bd").exists():
        pytest.skip(f"bd {version.number} is not in {version.folder}: `make interop-tools` builds it where Go is")
    folder = tmp_path / "real"
    folder.mkdir()
    tool = Real(version, folder)
    tool.init()
    return tool
