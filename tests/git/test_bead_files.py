"""Bead files in git: merged bead by bead and field by field wherever git merges."""

import json
from pathlib import Path

import pytest

from loom_app.git.checkout import Checkout
from loom_app.git.worktree import Author, Worktree
from tests.support import git_repository as repo

FILE = ".beads/issues.jsonl"


def lines(**titles: str) -> str:
    return "".join(json.dumps({"id": f"b-{key}", "title": title}) + "\n" for key, title in titles.items())


def retitled(folder: Path, **titles: str) -> None:
    found = {one["id"]: one for one in map(json.loads, (folder / FILE).read_text().splitlines())}
    for key, title in titles.items():
        found[f"b-{key}"] = {"id": f"b-{key}", "title": title}
    (folder / FILE).write_text("".join(json.dumps(one) + "\n" for one in found.values()))


@pytest.fixture
async def checkout(tmp_path: Path) -> Checkout:
    """Loom's copy of a repository whose own files say that bead files are merged by a driver nobody has."""
    files = {FILE: lines(a="a", b="b", c="c"), ".gitattributes": ".beads/issues.jsonl merge=beads\n"}
    repo.made(tmp_path / "theirs", files)
    repo.git(tmp_path, "clone", "-q", "--bare", "theirs", "bare.git")
    repo.git(tmp_path / "theirs", "remote", "add", "origin", str(tmp_path / "bare.git"))
    made = Checkout(tmp_path / "data" / "p" / "repo", str(tmp_path / "bare.git"), "main")
    await made.ensure()
    return made


def pushed(tmp_path: Path, **titles: str) -> None:
    """A person's change of titles, pushed."""
    theirs = tmp_path / "theirs"
    retitled(theirs, **titles)
    repo.git(theirs, "commit", "-qam", "Theirs")
    repo.git(theirs, "push", "-q", "origin", "main")


async def working(checkout: Checkout, tmp_path: Path, name: str, **titles: str) -> Worktree:
    tree = Worktree(checkout, tmp_path / name, f"agent/{name}/x", Author("Q", "q@x.invalid"), {"Run": name})
    await tree.open()
    retitled(tree.folder, **titles)
    return tree


async def test_an_agent_and_a_person_change_neighbouring_beads(checkout: Checkout, tmp_path: Path) -> None:
    tree = await working(checkout, tmp_path, "one", b="agent")
    pushed(tmp_path, a="person", c="person")
    assert await checkout.follow() == ""
    assert (await tree.land("Retitle")).conflicts == ()
    assert await checkout.deliver() == ""
    told = map(json.loads, repo.shown(tmp_path / "bare.git", FILE).splitlines())
    assert [one["title"] for one in told] == ["person", "agent", "person"]


async def test_an_agent_is_asked_to_join_what_both_changed(checkout: Checkout, tmp_path: Path) -> None:
    tree = await working(checkout, tmp_path, "one", b="agent")
    pushed(tmp_path, b="person")
    await checkout.follow()
    assert (await tree.land("Retitle")).conflicts == (FILE,)
    assert (tree.folder / FILE).read_text().count("<<<<<<<") == 1


async def test_what_landed_and_was_not_pushed_follows_the_origin_and_clashes_are_kept(
    checkout: Checkout, tmp_path: Path
) -> None:
    tree = await working(checkout, tmp_path, "one", b="agent")
    await tree.land("Retitle")
    pushed(tmp_path, b="person", c="person")
    assert await checkout.follow() == ""
    [told] = map(json.loads, checkout.clashes.read_text().splitlines())
    assert (told["bead_id"], told["field"], told["ours"], told["theirs"]) == ("b-b", "title", '"person"', '"agent"')
    assert await checkout.deliver() == ""


async def test_nothing_in_a_worktree_is_run_by_the_merge(checkout: Checkout, tmp_path: Path) -> None:
    tree = await working(checkout, tmp_path, "one", b="agent")
    trap = tree.folder / "loom_app"
    trap.mkdir()
    (trap / "__init__.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\n")
    pushed(tmp_path, a="person")
    await checkout.follow()
    assert (await tree.land("Retitle")).conflicts == ()
    assert not (tmp_path / "sprung").exists()
