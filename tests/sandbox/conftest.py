"""A workspace next to things that it must not reach."""

from pathlib import Path

import pytest

from loom_app.sandbox.workspace import Workspace

SECRET = "the-secret-nobody-may-see"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A directory beside the workspace with a secret in it."""
    place = tmp_path / "outside"
    place.mkdir()
    (place / "secret.txt").write_text(SECRET)
    return place


@pytest.fixture
def root(tmp_path: Path, outside: Path) -> Path:
    """The directory of a workspace with a few files."""
    place = tmp_path / "work tree"
    (place / "src" / "deep").mkdir(parents=True)
    (place / "README.md").write_text("# Title\nsecond line\nthird line\n")
    (place / "src" / "app.py").write_text("def answer():\n    return 42\n")
    return place


@pytest.fixture
def workspace(root: Path) -> Workspace:
    return Workspace(root)
