"""Loom's copy and its origin: followed, delivered to, and changed, on real repositories."""

import contextlib
import os
from pathlib import Path

import pytest

from loom_app.git import runner
from loom_app.git.checkout import Checkout
from loom_app.git.runner import GitFailed
from loom_app.git.worktree import Author, Worktree
from loom_app.kernel.errors import Forbidden, Invalid
from tests.support import git_repository as repo


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A person's own repository, checked out on main."""
    return repo.made(tmp_path / "theirs", {"a.txt": "one\n"})


def copy_of(origin: Path | str, tmp_path: Path, branch: str = "main") -> Checkout:
    return Checkout(tmp_path / "data" / "p" / "repo", str(origin), branch)


async def landed(checkout: Checkout, folder: Path, name: str) -> str:
    """Lands one new file called `name` and answers the commit."""
    tree = Worktree(checkout, folder / name, f"agent/{name}/x", Author("Quinn", "q@agents.invalid"), {"Run": name})
    await tree.open()
    (tree.folder / name).write_text("new\n")
    return (await tree.land(f"Add {name}")).commit


def commit_in(folder: Path, name: str) -> None:
    """A person's commit of a new file."""
    (folder / name).write_text("theirs\n")
    repo.git(folder, "add", "-A")
    repo.git(folder, "commit", "-q", "-m", f"Theirs: {name}")


@pytest.mark.parametrize("kind", ["path", "file"])
async def test_a_checkout_of_a_person_follows_what_is_landed(origin: Path, tmp_path: Path, kind: str) -> None:
    checkout = copy_of(origin if kind == "path" else f"file://{origin}", tmp_path)
    await checkout.ensure()
    await landed(checkout, tmp_path, "b")
    assert await checkout.deliver() == ""
    assert (origin / "b").exists()
    assert repo.git(origin, "status", "--short") == ""


@pytest.mark.parametrize("bare", [False, True])
async def test_what_people_pushed_since_is_followed_when_delivering(origin: Path, tmp_path: Path, bare: bool) -> None:
    there = origin
    if bare:
        there = tmp_path / "bare.git"
        repo.git(tmp_path, "clone", "-q", "--bare", str(origin), str(there))
    checkout = copy_of(there, tmp_path)
    await checkout.ensure()
    await landed(checkout, tmp_path, "b")
    commit_in(origin, "c")
    if bare:
        repo.git(origin, "push", "-q", str(there), "main")
    assert await checkout.deliver() == ""
    assert repo.subjects(there) == ["The recipe so far", "Theirs: c", "Add b"]
    assert await checkout.head() == repo.git(there, "rev-parse", "main").strip()


async def test_what_cannot_be_joined_is_told_without_gits_hints(origin: Path, tmp_path: Path) -> None:
    there = tmp_path / "bare.git"
    repo.git(tmp_path, "clone", "-q", "--bare", str(origin), str(there))
    checkout = copy_of(there, tmp_path)
    await checkout.ensure()
    await landed(checkout, tmp_path, "b")
    commit_in(origin, "b")
    repo.git(origin, "push", "-q", str(there), "main")
    problem = await checkout.deliver()
    assert "could not" in problem
    assert "hint" not in problem
    assert repo.subjects(there)[-1] == "Theirs: b"
    assert (await checkout.head()) != ""


async def test_changes_a_person_has_open_are_not_touched(origin: Path, tmp_path: Path) -> None:
    checkout = copy_of(origin, tmp_path)
    await checkout.ensure()
    await landed(checkout, tmp_path, "b")
    (origin / "b").write_text("mine, not committed\n")
    problem = await checkout.deliver()
    assert problem.startswith(f"{origin} could not be fast-forwarded to the finished work: error: The following ")
    assert (origin / "b").read_text() == "mine, not committed\n"
    (origin / "b").unlink()
    assert await checkout.deliver() == ""


async def test_another_address_is_cloned_afresh_and_the_old_copy_kept(origin: Path, tmp_path: Path) -> None:
    checkout = copy_of(origin, tmp_path)
    await checkout.ensure()
    undelivered = await landed(checkout, tmp_path, "b")
    other = repo.made(tmp_path / "other", {"z.txt": "other\n"})
    moved = copy_of(other, tmp_path)
    assert await moved.ensure() == ""
    assert repo.subjects(moved.folder) == ["The recipe so far"]
    assert (moved.folder / "z.txt").exists()
    (kept,) = [path for path in moved.folder.parent.iterdir() if path.name.startswith("repo-")]
    assert repo.git(kept, "rev-parse", "main").strip() == undelivered


async def test_another_branch_of_the_same_origin_is_checked_out(origin: Path, tmp_path: Path) -> None:
    repo.git(origin, "branch", "next")
    await copy_of(origin, tmp_path).ensure()
    other = copy_of(origin, tmp_path, "next")
    assert await other.ensure() == ""
    assert repo.git(other.folder, "symbolic-ref", "--short", "HEAD").strip() == "next"
    await landed(other, tmp_path, "b")
    assert await other.deliver() == ""
    assert repo.subjects(origin, "next")[-1] == "Add b"


async def branched(checkout: Checkout, *subjects: str) -> str:
    """A branch of a run with a commit of each subject, begun anew; its tip."""
    repo.git(checkout.folder, "checkout", "-q", "-B", "agent/b/x", "main")
    for subject in subjects:
        repo.git(checkout.folder, "commit", "-q", "--allow-empty", "-m", subject)
    tip = repo.git(checkout.folder, "rev-parse", "HEAD").strip()
    repo.git(checkout.folder, "checkout", "-q", "main")
    return tip


async def test_a_run_s_branch_is_pushed_and_what_loom_pushed_may_be_replaced(origin: Path, tmp_path: Path) -> None:
    checkout = copy_of(origin, tmp_path)
    await checkout.ensure()
    await branched(checkout, "First try")
    assert await checkout.push_branch("agent/b/x") == ""
    tip = await branched(checkout, "Second try")
    assert await checkout.push_branch("agent/b/x") == ""
    assert repo.git(origin, "rev-parse", "agent/b/x").strip() == tip
    repo.git(origin, "branch", "-D", "agent/b/x")
    assert await checkout.push_branch("agent/b/x") == ""


async def test_what_somebody_else_pushed_to_a_run_s_branch_is_never_lost(origin: Path, tmp_path: Path) -> None:
    checkout = copy_of(origin, tmp_path)
    await checkout.ensure()
    await branched(checkout, "Ours")
    assert await checkout.push_branch("agent/b/x") == ""
    repo.git(origin, "checkout", "-q", "agent/b/x")
    repo.git(origin, "commit", "-q", "--allow-empty", "-m", "A reviewer's own")
    repo.git(origin, "checkout", "-q", "main")
    await checkout.ensure()
    await branched(checkout, "Ours again")
    assert "others have pushed in between" in await checkout.push_branch("agent/b/x")
    assert repo.subjects(origin, "agent/b/x")[-1] == "A reviewer's own"


@pytest.mark.parametrize("name", ["main", "trunk", "release/1.0", "release/a/b"])
async def test_nobody_pushes_to_a_protected_branch_by_name(origin: Path, tmp_path: Path, name: str) -> None:
    checkout = Checkout(tmp_path / "data" / "p" / "repo", str(origin), "main", protected=("trunk", "release/*"))
    await checkout.ensure()
    with pytest.raises(Forbidden, match="is protected") as refused:
        await checkout.push_branch(name)
    assert refused.value.code == "protected_branch"


@pytest.mark.parametrize("name", ["--upload-pack=x", "a..b", "x:refs/heads/main", "+main", "a\nb", "agent/../main", ""])
async def test_what_is_no_branch_is_not_pushed(origin: Path, tmp_path: Path, name: str) -> None:
    checkout = copy_of(origin, tmp_path)
    await checkout.ensure()
    before = repo.git(origin, "for-each-ref")
    with contextlib.suppress(Invalid):
        assert "could not be pushed" in await checkout.push_branch(name)
    assert repo.git(origin, "for-each-ref") == before


async def test_a_repository_beyond_the_limit_is_refused_and_leaves_nothing_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is lowered here; what is sent is real, and nothing of it can be compressed away."""
    there = repo.made(tmp_path / "theirs", {"a.txt": "one\n"})
    large = there / "large.bin"
    large.write_bytes(os.urandom(3 << 20))
    repo.git(there, "add", "-A")
    repo.git(there, "commit", "-q", "-m", "Large")
    checkout = copy_of(f"file://{there}", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(runner, "TRANSFER_BYTES", 1 << 20)
        with pytest.raises(GitFailed, match="Keep large files out of the repository") as refused:
            await checkout.ensure()
    assert refused.value.code == "git_transfer_too_large"
    assert str(there) in refused.value.message
    assert [path.name for path in checkout.folder.parent.iterdir() if path.is_dir()] == []
    assert await checkout.ensure() == ""
    before = await checkout.head()
    large.write_bytes(os.urandom(3 << 20))
    repo.git(there, "commit", "-q", "-a", "-m", "Larger")
    with monkeypatch.context() as patch:
        patch.setattr(runner, "TRANSFER_BYTES", 1 << 20)
        problem = await checkout.follow()
    assert "work goes on from the last copy" in problem
    assert "Nothing of it was kept" in problem
    assert await checkout.head() == before
    assert list((checkout.folder / ".git" / "objects").rglob("tmp_*")) == []
    assert await checkout.follow() == ""
    assert await checkout.head() != before


async def test_a_push_that_a_limit_ends_is_told_and_the_work_stays(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "bare.git"
    repo.git(tmp_path, "clone", "-q", "--bare", str(origin), str(bare))
    checkout = copy_of(bare, tmp_path)
    await checkout.ensure()
    commit = await landed(checkout, tmp_path, "b")
    hook = bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexec sleep 30\n")
    hook.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setattr(runner, "QUIET_SECONDS", 0.7)
        problem = await checkout.deliver(follow=False)
    assert "Loom tries again by itself" in problem
    hook.unlink()
    assert await checkout.deliver() == ""
    assert repo.git(bare, "rev-parse", "main").strip() == commit


async def test_many_small_packs_are_joined(origin: Path, tmp_path: Path) -> None:
    checkout = copy_of(origin, tmp_path)
    await checkout.ensure()
    for number in range(5):
        commit_in(origin, f"{number}.txt")
        assert await checkout.follow() == ""
    packs = checkout.folder / ".git" / "objects" / "pack"
    assert len(list(packs.glob("*.pack"))) == 6
    await checkout.pack()
    assert len(list(packs.glob("*.pack"))) < 4
    assert repo.git(checkout.folder, "fsck", "--no-dangling", "--no-progress") == ""


async def test_branches_come_and_go_without_a_change_of_the_configuration(origin: Path, tmp_path: Path) -> None:
    """Commands at work have that file mounted; were it replaced, the next could not begin."""
    checkout = copy_of(origin, tmp_path)
    await checkout.ensure()
    file = checkout.folder / ".git" / "config"
    before = (file.stat().st_ino, file.stat().st_mtime_ns)
    tree = Worktree(checkout, tmp_path / "b", "agent/b/x", Author("Quinn", "q@agents.invalid"), {"Run": "b"})
    await tree.open()
    with pytest.raises(GitFailed, match="is worked on"):
        await checkout.drop_branch("agent/b/x")
    await tree.close(keep_branch=True)
    assert await checkout.drop_branch("agent/b/x") == ""
    await tree.open()
    await tree.close(keep_branch=False)
    assert repo.git(checkout.folder, "branch", "--list", "agent/*") == ""
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == before
