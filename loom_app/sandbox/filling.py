"""How much a worktree holds, so that no run fills the disk: measured seldom, and watched by what the disk has left."""

import os
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from loom_app.sandbox.outcome import MIB, CommandLimits

DEEPEST, LONGEST = 500, 3500
"""Levels of directories, and bytes of a path, that are measured; beyond them most programs fail."""
STEP_BYTES, STEP_FILES = 256 * MIB, 20_000
"""After how much less of the disk a worktree is measured again."""
REST = 10
"""How many times as long as measuring took is waited before the next time."""
REMEMBERED = 500


@dataclass(frozen=True)
class Usage:
    """What is in a directory: bytes on the disk, files and links, directories; `deep` when it has too many levels."""

    bytes: int = 0
    files: int = 0
    directories: int = 0
    deep: bool = False


@dataclass
class _Known:
    usage: Usage
    free: tuple[int, int]
    moment: float
    took: float


_known: OrderedDict[Path, _Known] = OrderedDict()
_lock = Lock()


def measure(root: Path) -> Usage:
    """Walks through a directory, following nothing. What goes or cannot be read meanwhile is left out."""
    used, files, directories, deep = 0, 0, 0, False
    ahead = [(str(root), 0)]
    while ahead:
        place, depth = ahead.pop()
        with suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                used += _on_disk(entry)
                if not entry.is_dir(follow_symlinks=False):
                    files += 1
                    continue
                directories += 1
                if depth + 1 < DEEPEST and len(entry.path) < LONGEST:
                    ahead.append((entry.path, depth + 1))
                else:
                    deep = True
    return Usage(used, files, directories, deep)


def used(root: Path, *, afresh: bool = False, steps: tuple[int, int] = (STEP_BYTES, STEP_FILES)) -> Usage:
    """What the directory holds, as measured last and added up since; measured again when the disk lost `steps`."""
    now, free = time.monotonic(), _free(root)
    with _lock:
        known = _known.get(root)
    if known is not None and not afresh and not _stale(known, now, free, steps):
        return known.usage
    usage = measure(root)
    with _lock:
        _known[root] = _Known(usage, free, time.monotonic(), time.monotonic() - now)
        _known.move_to_end(root)
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
    return usage


def add(root: Path, size: int, files: int) -> None:
    """Notes what was written into a directory that was measured."""
    with _lock:
        if (known := _known.get(root)) is not None:
            known.usage = replace(known.usage, bytes=known.usage.bytes + size, files=known.usage.files + files)


class Filling:
    """Whether a command lets its worktree grow beyond what is allowed; one that is beyond already may shrink."""

    def __init__(self, root: Path, limits: CommandLimits) -> None:
        self._root, self._limits = root, limits
        self._steps = (min(STEP_BYTES, limits.tree_bytes // 20), min(STEP_FILES, limits.tree_files // 20))
        self._first: Usage | None = None

    def look(self) -> str | None:
        """What has grown too far, in words."""
        usage = used(self._root, steps=self._steps)
        if self._first is None:
            self._first = used(self._root, afresh=True) if self._beyond(usage, Usage()) else usage
        if not self._beyond(usage, self._first):
            return None
        return self._beyond(used(self._root, afresh=True), self._first)

    def _beyond(self, usage: Usage, first: Usage) -> str | None:
        if usage.deep and not first.deep:
            return f"it made directories more than {DEEPEST} levels deep"
        if usage.bytes > max(self._limits.tree_bytes, first.bytes):
            allowed = self._limits.tree_bytes // MIB
            return f"the worktree takes up {usage.bytes // MIB:,} MiB, and {allowed:,} MiB are allowed"
        number = usage.files + usage.directories
        if number > max(self._limits.tree_files, first.files + first.directories):
            return f"the worktree has {number:,} files and directories, and {self._limits.tree_files:,} are allowed"
        return None


def _free(root: Path) -> tuple[int, int]:
    try:
        disk = os.statvfs(root)
    except OSError:
        return 0, 0
    return disk.f_bavail * disk.f_frsize, disk.f_favail


def _stale(known: _Known, now: float, free: tuple[int, int], steps: tuple[int, int]) -> bool:
    rested = now - known.moment >= REST * known.took
    return rested and any(before - left > step for before, left, step in zip(known.free, free, steps, strict=True))


def _on_disk(entry: "os.DirEntry[str]") -> int:
    with suppress(OSError):
        return entry.stat(follow_symlinks=False).st_blocks * 512
    return 0
