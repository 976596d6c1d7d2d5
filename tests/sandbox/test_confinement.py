from pathlib import Path

import pytest

from loom_app.sandbox import confinement as module
from loom_app.sandbox.commands import run
from loom_app.sandbox.confinement import Confinement, confinement


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A directory that is the whole PATH, with nothing probed yet."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "confinement", confinement.__wrapped__)
    return tmp_path


def pretend(directory: Path, script: str) -> None:
    (directory / "bwrap").write_text(f"#!/bin/sh\n{script}\n")
    (directory / "bwrap").chmod(0o755)


def test_bubblewrap_missing(probed: Path) -> None:
    found = module.confinement()
    assert found.kind == "plain"
    assert "not installed" in found.detail
    assert "network" in found.detail


def test_bubblewrap_that_the_system_does_not_let_work(probed: Path) -> None:
    pretend(probed, "echo 'bwrap: No permissions to create a new namespace' >&2; exit 1")
    found = module.confinement()
    assert found.kind == "plain"
    assert "No permissions to create a new namespace" in found.detail


def test_an_old_bubblewrap_that_lacks_an_option(probed: Path) -> None:
    pretend(probed, 'case "$*" in *--disable-userns*) echo "bwrap: Unknown option --disable-userns" >&2; exit 1;; esac')
    found = module.confinement()
    assert found.kind == "bubblewrap"
    assert "--disable-userns" not in found.program
    assert "--unshare-user" in found.program


async def test_each_way_down_still_holds_a_command(root: Path, outside: Path, walls: Confinement) -> None:
    for options in module._USER_NAMESPACES:
        how = Confinement("bubblewrap", "", (walls.program[0], *options))
        outcome = await run(["cat", "README.md", str(outside / "secret.txt")], root=root, how=how)
        assert outcome.stdout.startswith("# Title")
        assert "No such file" in outcome.stderr
