"""A clone that was never set up, and a machine that has only the programs a test gives it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from loom_app.supervisor.places import ROOT

PYTHON = Path(sys.executable).resolve()
TOOLS = ("make", "sh", "sed", "git", "flock")


@dataclass
class Clone:
    """A fresh clone at `root`. `bin` holds the only programs there are."""

    root: Path
    bin: Path

    def give(self, name: str, target: Path | str | None = None) -> None:
        """Puts a program on PATH: a link to `target`, by default to this machine's own."""
        found = target or shutil.which(name)
        assert found, f"{name} is missing on this machine"
        (self.bin / name).symlink_to(found)

    def fake(self, name: str, script: str) -> None:
        """Puts a shell script on PATH."""
        file = self.bin / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def environment(self, **variables: str) -> dict[str, str]:
        """What a command sees."""
        return {
            "PATH": str(self.bin),
            "HOME": str(self.root),
            "PIP_CONFIG_FILE": os.devnull,
            "LANG": "C.UTF-8",
        } | variables

    def make(self, *targets: str, **variables: str) -> tuple[int, str]:
        """Runs make and returns its exit code and what came on stderr, without make's own line at the end."""
        done = subprocess.run(
            [self.bin / "make", *targets],
            cwd=self.root,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        lines = [line for line in done.stderr.strip().splitlines() if not line.startswith("make: ***")]
        return done.returncode, "\n".join(lines)

    def left(self) -> list[str]:
        """What is in the clone that was not there before."""
        return sorted(path.name for path in self.root.iterdir() if path.name not in ORIGINAL)


ORIGINAL = ("Makefile", "scripts", "requirements.txt", "requirements-dev.txt", "requirements-llm.txt")


@pytest.fixture
def make_clone(tmp_path: Path) -> Callable[[Path], Clone]:
    """Makes a clone in a folder of the test's choice, with every tool but Python."""

    def make(root: Path) -> Clone:
        programs = tmp_path / "bin"
        programs.mkdir()
        for name in ORIGINAL:
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, root / name, ignore=ignored) if source.is_dir() else shutil.copy(
                source, root / name
            )
        clone = Clone(root, programs)
        for name in TOOLS:
            clone.give(name)
        return clone

    return make


@pytest.fixture
def clone(tmp_path: Path, make_clone: Callable[[Path], Clone]) -> Clone:
    """A clone on a machine with a good Python."""
    root = tmp_path / "clone"
    root.mkdir()
    made = make_clone(root)
    made.give("python3", PYTHON)
    return made
