"""Merging, taking back and taking files in a run's worktree, and what it is told of history, on real repositories."""

from pathlib import Path

import pytest

from loom_app.git import joining, telling
from loom_app.git.checkout import Checkout
from loom_app.git.names import branch_name
from loom_app.git.worktree import Author, Worktree
from loom_app.kernel.errors import Conflict, Invalid, LoomError, NotFound, Unavailable
from tests.support.git_repository import git, made, shown

LINES = "one\ntwo\nthree\n"


class Place:
    """An origin, Loom's copy of it, and worktrees."""

    def __init__(self, root: Path) -> None:
        self.root, self.origin = root, made(root / "theirs", {"a.txt": LINES, "b.txt": LINES})
        self.checkout = Checkout(root / "data" / "p" / "repo", str(self.origin), "main")

    async def tree(self, bead: str, run: str) -> Worktree:
        author = Author("Quinn (qa-engineer)", "agent-1@agents.invalid")
        trailers = {"Bead": bead, "Agent": "agent-1", "Run": run}
        tree = Worktree(self.checkout, self.root / "trees" / run, branch_name(bead, "Work"), author, trailers)
        await tree.open()
        return tree

    def push(self, path: str, text: str, message: str = "Theirs") -> None:
        """Somebody commits at the origin."""
        (self.origin / path).write_text(text)
        git(self.origin, "add", "-A")
        git(self.origin, "commit", "-q", "-m", message)


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    await place.checkout.ensure()
    return place


async def committed(tree: Worktree, path: str, text: str, message: str, key: str) -> str:
    (tree.folder / path).write_text(text)
    done = await tree.commit(message, [], key)
    assert done is not None
    return done.sha


def state(tree: Worktree) -> str:
    return git(tree.folder, "status", "--porcelain") + git(tree.folder, "rev-parse", "HEAD")


async def test_what_others_landed_is_fetched_merged_and_lands_as_one_commit(place: Place) -> None:
    tree = await place.tree("bd-1", "run-1")
    await committed(tree, "a.txt", "ONE\ntwo\nthree\n", "Shout one", "k1")
    place.push("c.txt", "theirs\n")
    news = await telling.news(tree)
    assert "has 1 commits that main lacks and lacks 1 of its commits" in news
    assert "Cook: Theirs" in news
    assert not (tree.folder / "c.txt").exists()
    merged = await joining.merge(tree, "main", "", "k2")
    assert merged is not None
    assert (merged.subject, merged.files) == ("Merge main", ["c.txt"])
    assert (tree.folder / "c.txt").read_text() == "theirs\n"
    assert await joining.merge(tree, "main", "", "k2") == merged
    assert await joining.merge(tree, "origin/main", "", "k3") is None
    assert "nothing is new there" in await telling.news(tree)
    assert await tree.messages() == ["Shout one", "Merge main"]
    landing = await tree.land("Shout one")
    assert await place.checkout.deliver() == ""
    assert landing.commit
    assert git(place.origin, "log", "--format=%s", "--no-merges", "main").splitlines() == [
        "Shout one", "Theirs", "The recipe so far",
    ]  # fmt: skip
    assert git(place.origin, "rev-list", "--merges", "--count", "main").strip() == "0"


async def test_what_is_only_behind_moves_on_without_a_commit_of_its_own(place: Place) -> None:
    tree = await place.tree("bd-1", "run-1")
    place.push("c.txt", "theirs\n")
    await telling.news(tree)
    merged = await joining.merge(tree, "main", "", "k1")
    assert merged is not None
    assert merged.sha == await place.checkout.head()
    other = await place.tree("bd-2", "run-2")
    place.push("d.txt", "theirs\n")
    await telling.news(other)
    kept = await joining.merge(other, "main", "Take in d", "k2", no_ff=True)
    assert kept is not None
    assert kept.subject == "Take in d"
    assert len(git(other.folder, "log", "-1", "--format=%P").split()) == 2


async def test_a_conflict_names_the_files_and_changes_nothing(place: Place) -> None:
    tree = await place.tree("bd-1", "run-1")
    first = await committed(tree, "a.txt", "ONE\ntwo\nthree\n", "Shout", "k1")
    await committed(tree, "a.txt", "ONE!\ntwo\nthree\n", "Louder", "k2")
    place.push("a.txt", "1\ntwo\nthree\n")
    await telling.news(tree)
    (tree.folder / "open.txt").write_text("not committed\n")
    before = state(tree)
    for trial in (joining.merge(tree, "main", "", "k3"), joining.take_back(tree, [first], "", "k4")):
        with pytest.raises(Conflict, match=r"a\.txt\. Nothing was changed") as caught:
            await trial
        assert caught.value.extra["files"] == ["a.txt"]
        assert state(tree) == before
    assert (tree.folder / "a.txt").read_text() == "ONE!\ntwo\nthree\n"


async def test_open_changes_stay_and_are_never_overwritten(place: Place) -> None:
    tree = await place.tree("bd-1", "run-1")
    sha = await committed(tree, "a.txt", "ONE\ntwo\nthree\n", "Shout", "k1")
    (tree.folder / "a.txt").write_text("mine\n")
    (tree.folder / "new.txt").write_text("mine\n")
    await tree.diff()
    with pytest.raises(Conflict, match=r"uncommitted changes of yours in a\.txt"):
        await joining.take_back(tree, [sha], "", "k2")
    assert (tree.folder / "a.txt").read_text() == "mine\n"
    assert await joining.take_files(tree, "HEAD", ["a.txt"]) == ["a.txt"]
    reverted = await joining.take_back(tree, [sha], "Too loud.", "k2")
    assert (tree.folder / "a.txt").read_text() == LINES
    assert (tree.folder / "new.txt").read_text() == "mine\n"
    message = git(tree.folder, "log", "-1", "--format=%B")
    assert message.startswith(f'Revert "Shout"\n\nToo loud.\n\nThis reverts {sha}.\n\nBead: bd-1\n')
    assert git(tree.folder, "log", "-1", "--format=%an").strip() == "Quinn (qa-engineer)"
    assert await joining.take_back(tree, [sha], "Too loud.", "k2") == reverted
    with pytest.raises(Conflict, match="Nothing is left"):
        await joining.take_back(tree, [sha], "", "k3")


async def test_several_commits_merges_and_the_first_are_taken_back(place: Place) -> None:
    tree = await place.tree("bd-1", "run-1")
    one = await committed(tree, "a.txt", "ONE\ntwo\nthree\n", "One", "k1")
    two = await committed(tree, "a.txt", "ONE!\ntwo\nthree\n", "Two", "k2")
    place.push("c.txt", "theirs\n")
    await telling.news(tree)
    merged = await joining.merge(tree, "main", "", "k3")
    assert merged is not None
    both = await joining.take_back(tree, [one[:10], two], "", "k4")
    assert (both.subject, both.files) == ("Revert 2 commits", ["a.txt"])
    assert (tree.folder / "a.txt").read_text() == LINES
    await joining.take_back(tree, [merged.sha], "", "k5")
    assert not (tree.folder / "c.txt").exists()
    root = git(tree.folder, "rev-list", "--max-parents=0", "HEAD").strip()
    await joining.take_back(tree, [root], "", "k6")
    assert not (tree.folder / "b.txt").exists()


async def test_the_work_of_another_branch_is_taken_in_but_never_stands_for_ours(place: Place) -> None:
    other = await place.tree("bd-2", "run-2")
    await committed(other, "other.txt", "other\n", "Other", "x1")
    tree = await place.tree("bd-1", "run-1")
    with pytest.raises(Conflict, match="no part of your branch"):
        await joining.take_back(tree, [other.branch], "", "k0")
    await joining.merge(tree, other.branch, "", "k1")
    assert (tree.folder / "other.txt").exists()
    assert await tree.messages() == [f"Merge {other.branch}"]
    assert other.branch in await telling.branches(tree)
    assert f"* {tree.branch}" in await telling.branches(tree)
    assert (await telling.of_bead(tree, "bd-2")).endswith("Quinn (qa-engineer): Other")
    assert await telling.of_bead(tree, "bd-") == ""
    assert (await telling.log(tree, other.branch, 1)).endswith("Other [bd-2]")
    difference = await telling.difference(other, "HEAD", "main")
    assert "other.txt | 1 +" in difference
    assert "+other" in difference


@pytest.mark.parametrize("name", ["none", "--output=/tmp/x", "HEAD@{1}", "..", "-", "a b", "main^", "0123456", "\0"])
async def test_what_is_no_commit_is_refused(place: Place, name: str) -> None:
    tree = await place.tree("bd-1", "run-1")
    before = state(tree)
    for trial in (
        telling.log(tree, name, 5), telling.difference(tree, name, "main"), joining.merge(tree, name, "", "k"),
        joining.take_back(tree, [name], "", "k"), joining.take_files(tree, name, ["a.txt"]),
    ):  # fmt: skip
        with pytest.raises((Invalid, NotFound)):
            await trial
    assert state(tree) == before


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", ".git/config", "none.txt", "-f", ":(top)a.txt"])
async def test_only_files_of_the_commit_are_taken(place: Place, path: str) -> None:
    tree = await place.tree("bd-1", "run-1")
    (tree.folder / "a.txt").write_text("mine\n")
    with pytest.raises(LoomError):
        await joining.take_files(tree, "main", ["a.txt", path])
    assert (tree.folder / "a.txt").read_text() == "mine\n"


async def test_files_are_taken_through_no_link(place: Place, tmp_path: Path) -> None:
    place.push("d.txt", "x\n")
    (place.origin / "dir").mkdir()
    place.push("dir/a.txt", "theirs\n")
    await place.checkout.ensure()
    tree = await place.tree("bd-1", "run-1")
    outside = tmp_path / "outside"
    outside.mkdir()
    (tree.folder / "dir" / "a.txt").unlink()
    (tree.folder / "dir").rmdir()
    (tree.folder / "dir").symlink_to(outside)
    await joining.take_files(tree, "main", ["dir/a.txt"])
    assert not list(outside.iterdir())
    assert (tree.folder / "dir" / "a.txt").read_text() == "theirs\n"


async def test_an_origin_that_is_gone_is_told(place: Place) -> None:
    tree = await place.tree("bd-1", "run-1")
    place.origin.rename(place.root / "gone")
    with pytest.raises(Unavailable, match="cannot be followed"):
        await telling.news(tree)


async def test_a_history_without_a_common_beginning(place: Place) -> None:
    tree = await place.tree("bd-1", "run-1")
    empty = git(tree.folder, "hash-object", "-t", "tree", "/dev/null").strip()
    git(tree.folder, "branch", "strange", git(tree.folder, "commit-tree", "-m", "Strange", empty).strip())
    with pytest.raises(LoomError, match="unrelated histories"):
        await joining.merge(tree, "strange", "", "k1")
    assert shown(tree.folder, "a.txt", "HEAD") == LINES
