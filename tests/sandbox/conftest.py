"""A workspace next to things that it must not reach."""

import subprocess
from pathlib import Path

import pytest

from loom_app.sandbox.confinement import Confinement, confinement, plain
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


@pytest.fixture(params=["bubblewrap", "plain"])
def how(request: pytest.FixtureRequest) -> Confinement:
    """Each way to hold a command."""
    if request.param == "plain":
        return plain("chosen by the test")
    return _bubblewrap()


@pytest.fixture
def walls() -> Confinement:
    """Only the way with walls."""
    return _bubblewrap()


def _bubblewrap() -> Confinement:
    found = confinement()
    if found.kind != "bubblewrap":
        pytest.skip(found.detail)
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit and a login in its remote's address."""
    place = tmp_path / "repository"
    git(tmp_path, "init", "-q", "-b", "main", str(place))
    (place / "app.py").write_text("print('hello')\n")
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "first commit")
    git(place, "remote", "add", "origin", f"https://loom:{SECRET}@example.invalid/app.git")
    return place


@pytest.fixture
def worktree(repository: Path, tmp_path: Path) -> Path:
    """A worktree of the repository, as a run has one."""
    place = tmp_path / "trees" / "bead-1"
    git(repository, "worktree", "add", "-q", "-b", "bead-1", str(place))
    return place


def git(place: Path, *words: str) -> str:
    """What git answers, away from anybody's configuration."""
    identity = {
        f"GIT_{who}_{what}": "test@example.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", **identity}
    return subprocess.run(["git", *words], cwd=place, env=env, check=True, capture_output=True, text=True).stdout
