"""The same file of beads on the command line of Loom and of the real beads tool, where that is installed."""

import asyncio
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

COUNT, DEPENDENCIES = 500, 1_000
ROUNDS = 3
LOOM = (sys.executable, "-m", "loom_app.cli", "beads")


def scene() -> list[Figure]:
    """Import and ready of both, each as a program of its own; ours shall not take longer than theirs."""
    installed = [version for version in VERSIONS if (version.folder / "bd").exists()]
    if not installed:
        return []
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_prepare(Path(folder)))
        ours = _loom(Path(folder))
        theirs = {version.number: _bd(version.folder / "bd", Path(folder)) for version in installed}
    quickest = [min(pair) for pair in zip(*theirs.values(), strict=True)]
    names = ("import_of_500", "ready_of_500")
    figures = [Figure(f"loom_{name}", *pair) for name, pair in zip(names, _with_targets(ours, quickest), strict=True)]
    for number, seconds in theirs.items():
        figures += [
            Figure(f"bd_{number}_{name}", value, "s", value) for name, value in zip(names, seconds, strict=True)
        ]
    return figures


def _with_targets(ours: list[float], theirs: list[float]) -> list[tuple[float, str, float]]:
    return [(value, "s", target) for value, target in zip(ours, theirs, strict=True)]


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
    subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)
    return time.perf_counter() - begun
