"""The parts of a repository that are projects of their own, and which of them something is about."""

import posixpath
from collections import Counter
from collections.abc import Sequence

from loom_app.actions.marks import DEPTH, MAKEFILES, MOST
from loom_app.sandbox.workspace import Workspace

TOP = "."
HOMES = frozenset({"package.json", "go.mod", "Cargo.toml", "pyproject.toml", "setup.py", *MAKEFILES})
"""Files that make a folder a project of its own."""
FOREIGN = frozenset({"vendor", "third_party", "target", "dist", "build", "testdata", "fixtures"})
"""Folders of what is not worked on."""


def parts(workspace: Workspace) -> list[str]:
    """The folders below the top that are projects of their own, in order."""
    found = (posixpath.split(entry.path) for entry in workspace.tree(TOP, DEPTH, MOST) if entry.type == "file")
    folders = {folder for folder, name in found if folder and name in HOMES}
    return sorted(folder for folder in folders if FOREIGN.isdisjoint(folder.split("/")))


def in_turn(folders: Sequence[str], files: Sequence[str]) -> list[str]:
    """Where to look for a tool, one after the other: the part that most of `files` are in, what it is in, the rest."""
    nearest = Counter(_nearest(folders, file) for file in files)
    home = max(sorted(nearest), key=lambda folder: nearest[folder], default=TOP)
    around = [folder for folder in reversed(folders) if folder == home or home.startswith(f"{folder}/")]
    return list(dict.fromkeys([*around, TOP, *folders]))


def touched(folders: Sequence[str], files: Sequence[str]) -> list[str]:
    """The parts that `files` are in."""
    return sorted({_nearest(folders, file) for file in files})


def seen_from(folder: str, path: str) -> str:
    """A path of the workspace as it is called in the folder."""
    return path if folder == TOP else posixpath.relpath(path, folder)


def _nearest(folders: Sequence[str], file: str) -> str:
    around = [folder for folder in folders if file.startswith(f"{folder}/")]
    return max(around, key=len, default=TOP)
