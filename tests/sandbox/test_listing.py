import os
from pathlib import Path

import pytest

from loom_app.kernel.errors import Invalid, NotFound
from loom_app.sandbox.workspace import Workspace


def test_the_tree(workspace: Workspace, root: Path) -> None:
    (root / "link").symlink_to("src")
    (root / "a b").mkdir()
    (root / "a-b").mkdir()
    (root / "a b" / "x").touch()
    for name in (".git", "node_modules", ".venv", "__pycache__"):
        (root / "src" / name).mkdir()
        (root / "src" / name / "file").touch()
    os.mkfifo(root / "pipe")
    assert [(entry.path, entry.type, entry.depth) for entry in workspace.tree()] == [
        ("README.md", "file", 1),
        ("a b", "directory", 1),
        ("a b/x", "file", 2),
        ("a-b", "directory", 1),
        ("link", "link", 1),
        ("pipe", "other", 1),
        ("src", "directory", 1),
        ("src/app.py", "file", 2),
        ("src/deep", "directory", 2),
    ]


def test_part_of_the_tree(workspace: Workspace) -> None:
    assert [entry.path for entry in workspace.tree("src")] == ["src/app.py", "src/deep"]
    assert [entry.path for entry in workspace.tree(max_depth=1)] == ["README.md", "src"]
    with pytest.raises(NotFound):
        workspace.tree("none")
    with pytest.raises(Invalid):
        workspace.tree("README.md")


def test_a_cut_tree_keeps_the_upper_levels(workspace: Workspace, root: Path) -> None:
    for number in range(50):
        (root / "src" / "deep" / f"{number:02}").touch()
    listing = workspace.tree(limit=10)
    assert listing.cut
    assert len(listing) == 10
    assert {"README.md", "src", "src/app.py", "src/deep"} <= {entry.path for entry in listing}
    assert not workspace.tree(limit=54).cut


def test_a_name_that_is_not_utf8(workspace: Workspace, root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9")).touch()
    assert "caf\ufffd" in [entry.path for entry in workspace.tree()]
