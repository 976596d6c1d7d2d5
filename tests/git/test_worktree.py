"""From a worktree to one commit on the project's branch, on real repositories."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from loom_app.git.checkout import Checkout
from loom_app.git.names import branch_name
from loom_app.git.runner import GitFailed
from loom_app.git.worktree import Author, Worktree
from loom_app.kernel.errors import Invalid


def sh(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Pat", "-c", "user.email=pat@example.org")
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A person's own repository, checked out on main."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    sh(folder, "init", "-b", "main")
    (folder / "a.txt").write_text("one\ntwo\nthree\n")
    sh(folder, "add", ".")
    sh(folder, "commit", "-m", "first")
    return folder


@pytest.fixture
async def checkout(tmp_path: Path, origin: Path) -> Checkout:
    made = Checkout(tmp_path / "data" / "p" / "repo", str(origin), "main")
    await made.ensure()
    return made


async def opened(checkout: Checkout, tmp_path: Path, bead: str, run: str) -> Worktree:
    author = Author("Quinn (qa-engineer)", "agent-1@agents.invalid")
    tree = Worktree(
        checkout, tmp_path / "trees" / run, branch_name(bead, "Some Title!"), author, {"Bead": bead, "Run": run}
    )
    await tree.open()
    return tree


async def test_two_commits_and_open_changes_land_as_one_commit_by_the_agent(
    checkout: Checkout, origin: Path, tmp_path: Path
) -> None:
    tree = await opened(checkout, tmp_path, "bd-1", "run-1")
    (tree.folder / "a.txt").write_text("one\nTWO\nthree\n")
    first = await tree.commit("Shout two", [], "run-1/1/0")
    again = await tree.commit("Shout two", [], "run-1/1/0")
    assert first is not None
    assert again == first
    assert first.files == ["a.txt"]
    (tree.folder / "b.txt").write_text("new\n")
    assert "+new" in await tree.diff()
    landing = await tree.land("Shout two and add b")
    assert landing.commit == await checkout.head()
    assert (await tree.land("Shout two and add b")).commit == landing.commit
    assert await checkout.deliver() == ""
    assert sh(origin, "log", "--format=%an|%s").splitlines() == ["Quinn (qa-engineer)|Shout two and add b", "Pat|first"]
    assert "Bead: bd-1" in sh(origin, "log", "-1", "--format=%b")
    assert (origin / "b.txt").read_text() == "new\n"
    assert (checkout.folder / "b.txt").exists()
    await tree.close(keep_branch=False)
    assert sh(checkout.folder, "branch", "--format=%(refname:short)").split() == ["main"]


async def test_the_second_to_land_is_rebased(checkout: Checkout, tmp_path: Path) -> None:
    one, two = await opened(checkout, tmp_path, "bd-1", "r1"), await opened(checkout, tmp_path, "bd-2", "r2")
    (one.folder / "one.txt").write_text("1\n")
    (two.folder / "two.txt").write_text("2\n")
    await one.land("One")
    await two.land("Two")
    assert sh(checkout.folder, "log", "--format=%s").split() == ["Two", "One", "first"]


async def test_a_conflict_leaves_the_branch_alone_and_both_sides_in_the_worktree(
    checkout: Checkout, tmp_path: Path
) -> None:
    one, two = await opened(checkout, tmp_path, "bd-1", "r1"), await opened(checkout, tmp_path, "bd-2", "r2")
    (one.folder / "a.txt").write_text("ONE\ntwo\nthree\n")
    (two.folder / "a.txt").write_text("eins\ntwo\nthree\n")
    await one.land("One")
    landing = await two.land("Two")
    assert landing.conflicts == ("a.txt",)
    text = (two.folder / "a.txt").read_text()
    assert "<<<<<<<" in text
    assert "eins" in text
    assert "ONE" in text
    assert sh(checkout.folder, "log", "--format=%s").split() == ["One", "first"]
    with pytest.raises(Invalid, match="conflict markers"):
        await two.land("Two")
    (two.folder / "a.txt").write_text("ONE and eins\ntwo\nthree\n")
    assert (await two.land("Two")).commit
    assert sh(checkout.folder, "log", "--format=%s").split() == ["Two", "One", "first"]


async def test_nothing_changed_lands_nothing(checkout: Checkout, tmp_path: Path) -> None:
    tree = await opened(checkout, tmp_path, "bd-1", "r1")
    before = await checkout.head()
    landing = await tree.land("Nothing")
    assert (landing.commit, landing.conflicts) == ("", ())
    assert await checkout.head() == before


async def test_a_second_run_of_a_bead_starts_afresh(checkout: Checkout, tmp_path: Path) -> None:
    first = await opened(checkout, tmp_path, "bd-1", "r1")
    (first.folder / "left.txt").write_text("left behind\n")
    second = await opened(checkout, tmp_path, "bd-1", "r2")
    assert not (second.folder / "left.txt").exists()
    assert not first.folder.exists()


async def test_work_follows_what_people_push_meanwhile(checkout: Checkout, origin: Path, tmp_path: Path) -> None:
    tree = await opened(checkout, tmp_path, "bd-1", "r1")
    (tree.folder / "b.txt").write_text("b\n")
    (origin / "c.txt").write_text("c\n")
    sh(origin, "add", ".")
    sh(origin, "commit", "-m", "theirs")
    assert await checkout.ensure() == ""
    await tree.land("Ours")
    assert await checkout.deliver() == ""
    assert sh(origin, "log", "--format=%s").split() == ["Ours", "theirs", "first"]


async def test_an_origin_that_is_gone_is_told_and_work_goes_on(checkout: Checkout, origin: Path) -> None:
    origin.rename(origin.with_name("moved"))
    assert "cannot be followed" in await checkout.ensure()
    assert "could not be pushed" in await checkout.deliver()


async def test_the_only_copy_gone_is_an_error(tmp_path: Path) -> None:
    import shutil

    own = Checkout(tmp_path / "p" / "repo", "", "main")
    await own.ensure()
    assert await own.head()
    shutil.rmtree(own.folder)
    with pytest.raises(GitFailed, match="only copy"):
        await own.ensure()


@pytest.mark.parametrize(
    ("bead", "title", "name"),
    [
        ("bd-1", "Fix the Login!", "agent/bd-1/fix-the-login"),
        ("a b/../c", "", "agent/a-b-c/work"),
        ("x" * 99, "y" * 99, f"agent/{'x' * 24}/{'y' * 40}"),
    ],
)
def test_branch_names_are_short_and_legal(bead: str, title: str, name: str) -> None:
    assert branch_name(bead, title) == name


async def test_a_repository_planted_in_the_worktree_runs_nothing(checkout: Checkout, tmp_path: Path) -> None:
    tree = await opened(checkout, tmp_path, "bd-1", "r1")
    planted, proof = tree.folder / "sub", tmp_path / "proof"
    planted.mkdir()
    sh(planted, "init", "-b", "main")
    sh(planted, "config", "filter.x.clean", f"touch {proof}; cat")
    (planted / ".gitattributes").write_text("* filter=x\n")
    (planted / "file").write_text("text\n")
    for step in (tree.status(), tree.diff(), tree.commit("m", [], "k"), tree.land("m")):
        with pytest.raises(Invalid, match=r"sub/\.git"):
            await step
    assert not proof.exists()


@pytest.mark.parametrize(
    "litter",
    [
        "import os\nfor _ in range(20): os.mkdir('d' * 250); os.chdir('d' * 250)\nopen('f', 'w').close()",
        "import os\nos.mkdir('shut'); open('shut/f', 'w').close(); os.chmod('shut', 0)",
        "import os\nos.mkfifo('pipe'); os.symlink('/', 'top')\nfor n in ('a\\nb\\x1b[2J', 'x' * 255): os.mknod(n)",
        "import os\nos.truncate(os.open('holes', os.O_CREAT | os.O_RDWR), 40 << 20)",
    ],
    ids=["deeper than paths reach", "shut", "odd names", "holes"],
)
async def test_whatever_a_command_leaves_is_looked_at_and_removed(
    checkout: Checkout, tmp_path: Path, litter: str
) -> None:
    tree = await opened(checkout, tmp_path, "p-1", "r1")
    await asyncio.to_thread(subprocess.run, ["python3", "-c", litter], cwd=tree.folder, check=True)
    (tree.folder / "a.txt").write_text("four\n")
    assert "four" in await tree.diff()
    assert "a.txt" in await tree.status()
    await tree.close(keep_branch=False)
    assert not tree.folder.exists()


async def test_all_that_a_run_changed_so_far_committed_or_not(checkout: Checkout, tmp_path: Path) -> None:
    tree = await opened(checkout, tmp_path, "kitchen-9", "run-9")
    assert await tree.changed_paths() == []
    (tree.folder / "new one").mkdir()
    (tree.folder / "new one" / "ä.txt").write_text("x\n")
    await tree.commit("One", [], "key-1")
    (tree.folder / "a.txt").unlink()
    assert await tree.changed_paths() == ["a.txt", "new one/ä.txt"]
