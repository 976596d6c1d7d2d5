"""A process killed in the middle of git: nothing committed is lost, nothing stays half done, and work goes on."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from loom_app.git import recovery
from loom_app.git.checkout import Checkout
from loom_app.git.runner import git
from loom_app.git.worktree import Author, Worktree
from tests.support import git_repository as repo

KILLED_BEFORE = """
import asyncio, os, signal, sys
from pathlib import Path
from loom_app.git.checkout import Checkout
from loom_app.git.worktree import Author, Worktree

async def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

async def main(origin, folder, where):
    checkout = Checkout(Path(folder) / "p" / "repo", origin, "main")
    setattr(Checkout, where, die)
    async with checkout.locked():
        tree = Worktree(checkout, Path(folder) / "tree", "agent/b/x", Author("Q", "q@x.invalid"), {"Run": "r-1"})
        await tree.open()
        (tree.folder / "b.txt").write_text("work\\n")
        await tree.land("Work")
        await checkout.deliver()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A repository with one commit, as sites keep them."""
    repo.made(tmp_path / "theirs", {"a.txt": "one\n"})
    repo.git(tmp_path, "clone", "-q", "--bare", "theirs", "bare.git")
    return tmp_path / "bare.git"


@pytest.fixture
async def checkout(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Loom's copy of it."""
    monkeypatch.setattr(recovery, "OLD_SECONDS", 0.05)
    made = Checkout(tmp_path / "data" / "p" / "repo", str(bare), "main")
    await made.ensure()
    return made


def killed(checkout: Checkout, where: str) -> None:
    """A run of another process that lands work and is killed just before `where`."""
    folder = checkout.folder.parents[1]
    run = [sys.executable, "-c", KILLED_BEFORE, checkout.origin, str(folder), where]
    assert subprocess.run(run, check=False).returncode == -signal.SIGKILL


async def worked(checkout: Checkout, name: str) -> None:
    """Another run lands a file of that name and delivers."""
    async with checkout.locked():
        assert await checkout.ensure() == ""
        author, folder = Author("Q", "q@x.invalid"), checkout.folder.parents[1] / name
        tree = Worktree(checkout, folder, f"agent/{name}/x", author, {"Run": name})
        await tree.open()
        (tree.folder / name).write_text("new\n")
        assert (await tree.land(f"Add {name}")).commit
        assert await checkout.deliver() == ""


async def test_killed_between_commit_and_push_the_commit_is_delivered_later(checkout: Checkout, bare: Path) -> None:
    killed(checkout, "deliver")
    assert repo.subjects(bare) == ["The recipe so far"]
    assert await checkout.owes()
    async with checkout.locked():
        assert await checkout.deliver() == ""
    assert repo.subjects(bare) == ["The recipe so far", "Work"]
    assert not await checkout.owes()


async def test_killed_before_the_merge_the_branch_of_the_project_is_whole(checkout: Checkout, bare: Path) -> None:
    killed(checkout, "fast_forward")
    assert repo.subjects(checkout.folder) == ["The recipe so far"]
    await worked(checkout, "c")
    assert repo.subjects(bare) == ["The recipe so far", "Add c"]


async def test_a_merge_that_was_cut_off_is_undone(checkout: Checkout, bare: Path) -> None:
    """As a kill leaves it: some of the files are there, the index is locked, the branch stands where it stood."""
    repo.git(checkout.folder, "checkout", "-q", "-b", "agent/b/x")
    (checkout.folder / "b.txt").write_text("work\n")
    (checkout.folder / "a.txt").write_text("changed\n")
    repo.git(checkout.folder, "add", "-A")
    repo.git(checkout.folder, "commit", "-q", "-m", "Work")
    repo.git(checkout.folder, "checkout", "-q", "main")
    (checkout.folder / "b.txt").write_text("wo")
    (checkout.folder / "a.txt").write_text("chan")
    (checkout.folder / ".git" / recovery.MOVING).write_text("agent/b/x")
    (checkout.folder / ".git" / "index.lock").touch()
    await worked(checkout, "c")
    assert (checkout.folder / "a.txt").read_text() == "one\n"
    assert not (checkout.folder / "b.txt").exists()
    assert repo.git(checkout.folder, "status", "--short") == ""
    assert repo.subjects(bare) == ["The recipe so far", "Add c"]


@pytest.mark.parametrize(
    "lock", ["index", "HEAD", "packed-refs", "config", "refs/heads/main", "refs/remotes/origin/main"]
)
async def test_locks_of_the_dead_are_broken(checkout: Checkout, lock: str) -> None:
    (checkout.folder / ".git" / f"{lock}.lock").touch()
    await worked(checkout, "c")


async def test_a_rebase_that_was_cut_off_is_given_up(checkout: Checkout, bare: Path, tmp_path: Path) -> None:
    (checkout.folder / "a.txt").write_text("ours\n")
    repo.git(checkout.folder, "commit", "-q", "-am", "Ours\n\nRun: r-0")
    (tmp_path / "theirs" / "a.txt").write_text("theirs\n")
    repo.git(tmp_path / "theirs", "commit", "-q", "-am", "Theirs")
    repo.git(tmp_path / "theirs", "push", "-q", str(bare), "main")
    repo.git(checkout.folder, "fetch", "-q")
    with pytest.raises(AssertionError, match="rebase"):
        repo.git(checkout.folder, "rebase", "origin/main")
    assert (checkout.folder / ".git" / "rebase-merge").exists()
    async with checkout.locked():
        assert "could not follow" in await checkout.ensure()
    assert repo.subjects(checkout.folder) == ["The recipe so far", "Ours"]
    assert await checkout.owes()


async def test_a_clone_that_was_cut_off_is_begun_anew(bare: Path, tmp_path: Path) -> None:
    half = tmp_path / "data" / "p" / "repo.part" / ".git"
    half.mkdir(parents=True)
    (half / "HEAD").write_text("ref: refs/heads/main\n")
    checkout = Checkout(tmp_path / "data" / "p" / "repo", str(bare), "main")
    assert await checkout.ensure() == ""
    assert (checkout.folder / "a.txt").exists()
    assert not half.exists()


async def test_a_worktree_that_was_not_filled_to_its_end_is_made_anew(checkout: Checkout, tmp_path: Path) -> None:
    """What is missing in it would else go for files the agent deleted."""

    def tree() -> Worktree:
        who = Author("Quinn", "agent-1@agents.invalid")
        return Worktree(checkout, tmp_path / "trees" / "run-1", "agent/bd-1/x", who, {"Bead": "bd-1", "Run": "run-1"})

    await tree().open()
    folder = tree().folder
    whole = sorted(path.name for path in folder.iterdir())
    place = folder / (await git("rev-parse", "--git-path", "locked", cwd=folder)).strip()
    for path in folder.iterdir():
        if path.name != ".git":
            path.unlink()
    place.write_text("initializing")
    await tree().open()
    assert sorted(path.name for path in folder.iterdir()) == whole
    assert await git("status", "--porcelain", cwd=folder) == ""
    assert not place.exists()
