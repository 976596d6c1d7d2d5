"""What a run may not commit, each with a sentence that names the file and the way out."""

import os
from pathlib import Path

import pytest

from loom_app.git import runner
from loom_app.git.checkout import Checkout
from loom_app.git.staged import Rules
from loom_app.git.worktree import Author, Worktree
from loom_app.kernel.errors import Invalid
from tests.git.test_leaks import some
from tests.support import git_repository as repo

KEY = f"ghp_{some(36)}"


@pytest.fixture
async def tree(tmp_path: Path) -> Worktree:
    """A run's worktree in which files of up to 1 MiB may be committed."""
    origin = repo.made(tmp_path / "theirs", {"a.txt": "one\n", "old.env": f"TOKEN={KEY}\n"})
    checkout = Checkout(tmp_path / "data" / "p" / "repo", str(origin), "main")
    await checkout.ensure()
    return await _opened(checkout, tmp_path)


async def _opened(checkout: Checkout, tmp_path: Path, *allowed: str) -> Worktree:
    author, rules = Author("Quinn", "q@agents.invalid"), Rules(1 << 20, frozenset(allowed))
    tree = Worktree(checkout, tmp_path / "tree", "agent/b/x", author, {"Bead": "b", "Run": "r"}, rules)
    await tree.open()
    return tree


async def refused(tree: Worktree, code: str) -> Invalid:
    """The refusal of a commit and of landing; nothing is committed by either."""
    before = repo.git(tree.folder, "rev-parse", "HEAD")
    with pytest.raises(Invalid) as first:
        await tree.commit("Work", [], "r/1/0")
    with pytest.raises(Invalid) as second:
        await tree.squash("Work")
    assert (first.value.code, second.value.code) == (code, code)
    assert repo.git(tree.folder, "rev-parse", "HEAD") == before
    return first.value


async def test_a_secret_is_named_by_place_and_kind_and_never_repeated(tree: Worktree) -> None:
    (tree.folder / "conf").mkdir()
    (tree.folder / "conf" / "ü b.py").write_text(f"\n\nTOKEN = '{KEY}'\n")
    error = await refused(tree, "secret_in_commit")
    assert "conf/ü b.py:3 a GitHub token" in error.message
    assert KEY not in f"{error.message}{error.extra}"


async def test_attributes_do_not_hide_a_secret(tree: Worktree) -> None:
    (tree.folder / ".gitattributes").write_text("* -diff\n*.bin binary\n")
    (tree.folder / "x.bin").write_bytes(b"\0\n" + KEY.encode() + b"\n")
    assert "x.bin:2" in (await refused(tree, "secret_in_commit")).message


async def test_a_secret_that_was_there_before_stops_nobody(tree: Worktree) -> None:
    (tree.folder / "old.env").write_text(f"TOKEN={KEY}\nDEBUG=1\n")
    assert await tree.commit("Debug", [], "r/1/0")
    (tree.folder / "old.env").unlink()
    assert await tree.commit("Drop it", [], "r/1/1")


async def test_a_finding_that_a_person_allowed_is_let_through(tree: Worktree, tmp_path: Path) -> None:
    (tree.folder / "fixture.py").write_text(f"{KEY}\n")
    (named,) = (await refused(tree, "secret_in_commit")).extra["findings"]
    again = await _opened(tree.checkout, tmp_path, named.split()[1])
    assert await again.commit("Fixture", [], "r/1/0")


async def test_a_huge_file_is_named_with_its_size(tree: Worktree) -> None:
    (tree.folder / "huge.dat").write_bytes(os.urandom(1 << 20) + b"x" * 60_000)
    assert "'huge.dat' has 1.1 MiB" in (await refused(tree, "file_too_large")).message


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "sub/../../x", ".."])
async def test_a_link_that_leads_out_is_refused(tree: Worktree, target: str) -> None:
    (tree.folder / "link").symlink_to(target)
    assert target in (await refused(tree, "link_outside")).message


async def test_a_link_within_is_fine(tree: Worktree) -> None:
    (tree.folder / "sub").mkdir()
    (tree.folder / "sub" / "link").symlink_to("../a.txt")
    assert await tree.commit("Link", [], "r/1/0")


@pytest.mark.parametrize("name", ["--upload-pack=x", ":(exclude)a.txt", "a b", "-", "ä\u202e", "*", ":!x"])
async def test_names_of_files_are_names_and_nothing_else(tree: Worktree, name: str) -> None:
    (tree.folder / name).write_text("x\n")
    (tree.folder / "other").write_text("x\n")
    made = await tree.commit("One file", [name], "r/1/0")
    assert made is not None
    assert made.files == [name]


async def test_more_than_can_be_looked_through_is_not_committed(
    tree: Worktree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "OUTPUT_BYTES", 1 << 18)
    (tree.folder / "long.txt").write_text("a line\n" * 60_000)
    assert "Commit fewer" in (await refused(tree, "commit_too_large")).message
    (tree.folder / "huge.dat").write_bytes(os.urandom(2 << 20))
    assert "'huge.dat' has 2.0 MiB" in (await refused(tree, "file_too_large")).message


async def test_a_change_of_mode_alone_is_a_change(tree: Worktree) -> None:
    (tree.folder / "a.txt").chmod(0o755)
    made = await tree.commit("Run it", [], "r/1/0")
    assert made is not None
    assert made.files == ["a.txt"]
