import os
from pathlib import Path

from loom_app.sandbox.trees import clear, walk


def test_trees_deeper_than_python_goes_are_walked_and_removed(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1050):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert sum(len(folders) for _, folders, _ in walk(tmp_path)) == 1050
    clear(tmp_path / "d")
    assert list(tmp_path.iterdir()) == []


def test_links_lead_nowhere_and_what_is_gone_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "out").symlink_to(tmp_path / "kept")
    assert list(walk(tmp_path / "tree")) == [(str(tmp_path / "tree"), [], ["out"])]
    for _ in range(2):
        clear(tmp_path / "tree")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept" / "file").exists()
