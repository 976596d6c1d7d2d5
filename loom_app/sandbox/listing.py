"""What is in a workspace: a bounded list of its files, widest levels first."""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar

from loom_app.sandbox.paths import is_git

SKIPPED = frozenset({"node_modules", ".venv", "__pycache__"})
"""Directories of made things that are neither listed nor searched; git's own comes on top."""

Kind = Literal["file", "directory", "link", "other"]
T = TypeVar("T")


@dataclass(frozen=True)
class TreeEntry:
    """One file or directory; `depth` is 1 directly below the listed directory."""

    path: str
    type: Kind
    depth: int


class Listing(list[T]):
    """A list that knows whether more was there than the limit let in."""

    cut: bool = False

    def cut_at(self, limit: int) -> "Listing[T]":
        """Keep the first `limit` items and remember whether there were more."""
        self.cut = len(self) > limit
        del self[limit:]
        return self


def tree(top: int, base: tuple[str, ...], max_depth: int, limit: int) -> Listing[TreeEntry]:
    """The entries below the open directory `top`, whose own path is `base`.

    Levels are filled from the top down, so that one large directory does not hide its neighbours; the answer is
    sorted so that each directory is followed by what is in it.
    """
    found: list[tuple[tuple[str, ...], Kind]] = []
    ahead: deque[tuple[str, ...]] = deque([()])
    while ahead and len(found) <= limit:
        here = ahead.popleft()
        for name, kind in _entries(top, here):
            found.append(((*here, name), kind))
            if kind == "directory" and len(here) + 1 < max_depth:
                ahead.append((*here, name))
    listing = Listing(TreeEntry(_shown((*base, *names)), kind, len(names)) for names, kind in found).cut_at(limit)
    listing.sort(key=lambda entry: entry.path.split("/"))
    return listing


def skipped(name: str) -> bool:
    """Whether listings and searches pass over everything of this name."""
    return name in SKIPPED or is_git(name)


@contextmanager
def opened(top: int, names: tuple[str, ...]) -> Iterator[int]:
    """A readable descriptor of a directory below `top`, reached without following links."""
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=top)
    try:
        for name in names:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
            os.close(fd)
            fd = below
        yield fd
    finally:
        os.close(fd)


def _entries(top: int, names: tuple[str, ...]) -> list[tuple[str, Kind]]:
    try:
        with opened(top, names) as fd, os.scandir(fd) as entries:
            return sorted((entry.name, _kind(entry)) for entry in entries if not skipped(entry.name))
    except OSError:
        # Gone or unreadable since its parent was listed: it is shown without contents.
        return []


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "directory"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def _shown(names: tuple[str, ...]) -> str:
    return os.fsencode("/".join(names)).decode(errors="replace")
