"""The same file of beads on the command line of Loom and of the real beads tool, where that is installed."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from loom_app.beadfiles.interchange import export_text
from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.opening import opened
from loom_app.projects.models import Project
from scripts.interop import ROOT, VERSIONS
from tests.bench import many
from tests.bench.table import Figure

COUNT, DEPENDENCIES = 100, 200
"""What bd 1 takes in within half a minute; twice as many take it three times as long."""
ROUNDS = 3
LONGEST = 80.0
"""Seconds after which a command is stopped; it then counts as having taken so long."""
LOOM = (sys.executable, "-m", "loom_app.cli", "beads")
NAMES = (f"import_of_{COUNT}", f"ready_of_{COUNT}")


def scene() -> list[Figure]:
    """Import and ready of both, each as a program of its own; ours shall not take longer than theirs."""
    installed = [version for version in VERSIONS if (version.folder / "bd").exists()]
    if not installed:
        print("  bd is not installed (make interop-tools)", flush=True)
        return []
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_prepare(Path(folder)))
        ours = _loom(Path(folder))
        theirs = {version.number: _bd(version.folder / "bd", Path(folder)) for version in installed}
    return [figure for number, seconds in theirs.items() for figure in _compared(ours, number, seconds)]


def _compared(ours: list[float], number: str, theirs: list[float]) -> list[Figure]:
    """Both in seconds, and how much of their time ours is."""
    return [
        figure
        for name, loom, bd in zip(NAMES, ours, theirs, strict=True)
        for figure in (
            Figure(f"loom_{name}", loom, "s", bd),
            Figure(f"bd_{number}_{name}", bd, "s", LONGEST),
            Figure(f"{name}_beside_bd_{number}", loom / bd * 100, "% of bd's", 100.0),
        )
    ]


async def _prepare(folder: Path) -> None:
    """The file, and an empty Loom to take it."""
    async with opened(Settings(data_dir=folder / "full")) as at:
        await many.fill(at.db, COUNT, DEPENDENCIES)
        async with at.db.read() as tx:
            text = await export_text(tx, many.PROJECT, actor=SYSTEM)
    (folder / "beads.jsonl").write_text(text)
    async with opened(Settings(data_dir=folder / "empty")) as at, at.db.write() as tx:
        tx.add(Project(id=many.PROJECT, name="Many"))


def _loom(folder: Path) -> list[float]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LOOM_")}
    environ |= {"LOOM_DATA_DIR": str(folder / "empty")}
    taken = _took([*LOOM, "import", str(folder / "beads.jsonl")], ROOT, environ)
    return [taken, min(_took([*LOOM, "ready", "--json"], ROOT, environ) for _ in range(ROUNDS))]


def _bd(tool: Path, folder: Path) -> list[float]:
    home = folder / tool.parent.name
    home.mkdir()
    environ = os.environ | {"HOME": str(home), "BD_ACTOR": "bench"}
    for words in (["init", "-q"], ["config", "user.name", "b"], ["config", "user.email", "b@example.org"]):
        subprocess.run(["git", *words], cwd=home, check=True, capture_output=True)
    old = tool.parent.name.startswith("0.")
    _took([str(tool), "init", "--prefix", "bd", *(["--no-daemon"] if old else ["--non-interactive"])], home, environ)
    taken = _took([str(tool), "import", *(["-i"] if old else []), str(folder / "beads.jsonl")], home, environ)
    return [taken, min(_took([str(tool), "ready", "--json"], home, environ) for _ in range(ROUNDS))]


def _took(command: list[str], folder: Path, environ: dict[str, str]) -> float:
    """Seconds."""
    begun = time.perf_counter()
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True, timeout=LONGEST)
    return time.perf_counter() - begun
