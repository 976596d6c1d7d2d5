"""What work on a repository costs beside git itself: a worktree of 20,000 files, a commit, twenty runs that land."""

import asyncio
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from loom_app.git.checkout import Checkout
from loom_app.git.worktree import Author, Worktree
from tests.bench.table import Figure

FILES, FOLDERS = 20_000, 200
ROUNDS = 7
COMMITS = 25
RUNS = 20
WHO = ("-c", "user.name=Pat", "-c", "user.email=pat@example.org")


def scene() -> list[Figure]:
    """All of it on one repository of 20,000 files."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Figure]:
    checkout = Checkout(folder / "data" / "p" / "repo", str(_filled(folder / "theirs")), "main")
    await checkout.ensure()
    ready = [await _opened(checkout, folder, number) for number in range(ROUNDS)]
    ours, gits = await _commits(checkout, folder)
    landed = await _landed(checkout, folder)
    return [
        Figure("worktree_of_20000_files_median", statistics.median(ready), "s", 1.5),
        Figure("commit_over_gits_own_median", (statistics.median(ours) - statistics.median(gits)) * 1_000, "ms", 30),
        Figure("twenty_runs_landed", landed, "s", 60),
    ]


def _filled(origin: Path) -> Path:
    for number in range(FILES):
        place = origin / f"part{number % FOLDERS}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"file{number}.py").write_text(f"VALUE = {number}\n" * 20)
    _git(origin, "init", "-q", "-b", "main")
    _git(origin, "add", "-A")
    _git(origin, "commit", "-q", "-m", "first")
    return origin


async def _opened(checkout: Checkout, folder: Path, number: int) -> float:
    tree = _tree(checkout, folder, f"opened-{number}")
    begun = time.perf_counter()
    await tree.open()
    took = time.perf_counter() - begun
    await tree.close(keep_branch=False)
    return took


async def _commits(checkout: Checkout, folder: Path) -> tuple[list[float], list[float]]:
    """Seconds of a commit of one changed file by Loom and by git alone, in turn, in the same worktree."""
    tree = _tree(checkout, folder, "commits")
    await tree.open()
    changed = tree.folder / "part0" / "file0.py"
    ours, gits = [], []
    for number in range(COMMITS):
        changed.write_text(f"VALUE = {number}\n")
        begun = time.perf_counter()
        await tree.commit(f"Ours {number}", [], f"run/1/{number}")
        ours.append(time.perf_counter() - begun)
        changed.write_text(f"VALUE = -{number}\n")
        begun = time.perf_counter()
        _git(tree.folder, "add", "--all", "--", ".")
        _git(tree.folder, "commit", "-q", "-m", f"Git's {number}")
        gits.append(time.perf_counter() - begun)
    await tree.close(keep_branch=False)
    return ours, gits


async def _landed(checkout: Checkout, folder: Path) -> float:
    """Seconds until twenty runs, opened, changed and landed at once, are all on the project's branch."""
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(RUNS):
            group.create_task(_land(checkout, _tree(checkout, folder, f"run-{number}"), number))
    took = time.perf_counter() - begun
    told = _git(checkout.folder, "log", "--format=%s", f"-{RUNS}").split("\n")
    assert sorted(filter(None, told)) == sorted(f"Run {number}" for number in range(RUNS)), told
    return took


async def _land(checkout: Checkout, tree: Worktree, number: int) -> None:
    async with checkout.locked():
        await tree.open()
    (tree.folder / f"new{number}.txt").write_text(f"{number}\n")
    async with checkout.turn(), checkout.locked():
        assert (await tree.land(f"Run {number}")).commit


def _tree(checkout: Checkout, folder: Path, name: str) -> Worktree:
    author = Author("Quinn (qa-engineer)", "agent-1@agents.invalid")
    return Worktree(checkout, folder / "trees" / name, f"agent/{name}/x", author, {"Bead": name, "Run": name})


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *WHO, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout
