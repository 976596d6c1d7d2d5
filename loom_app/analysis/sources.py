"""The source files of a project: found without following links, bounded, and with positions that lead back to them."""

import hashlib
import os
import re
import stat
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

MAX_FILES = 5_000
MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 64_000_000
MAX_TEXT = 200
PYTHON = (".py", ".pyi")
SKIPPED = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".tox",
        ".nox",
        ".venv",
        "venv",
        "node_modules",
        "__pycache__",
        ".mypy_cache",
        "site-packages",
    }
)
"""Directories of made or foreign things."""

Splice = tuple[int, int, str]
"""What stands between two offsets (in characters), and what shall stand there."""


class Refused(Exception):
    """What cannot be done, as a sentence for the model, with a machine code."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message, self.code = message, code


@dataclass(frozen=True)
class Source:
    """A file: `text` is without byte order mark and with plain line breaks; lines and columns count from 1 in it."""

    path: str
    original: str
    digest: str

    @cached_property
    def text(self) -> str:
        """What is analysed."""
        return self.original.removeprefix("\ufeff").replace("\r\n", "\n")

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.split("\n")

    def offset(self, line: int, column: int) -> int:
        """The offset in `text` of a place."""
        return self._starts[line - 1] + column - 1

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset in `text`."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def shown(self, line: int) -> str:
        """A line as it is quoted."""
        return self.lines[line - 1].strip()[:MAX_TEXT] if 0 < line <= len(self.lines) else ""

    def change(self, splices: Collection[Splice]) -> dict[str, object]:
        """The answer for a change: the same splices in the file as it is, with its own line ends."""
        ending = "\r\n" if len(self._returns) * 2 > self.original.count("\n") else "\n"
        edits = [
            [self._real(start), self._real(end), text.replace("\n", ending)]
            for start, end, text in sorted(set(splices))
        ]
        return {"path": self.path, "digest": self.digest, "edits": edits}

    def changed(self, splices: Collection[Splice]) -> str:
        """`text` with the splices made."""
        text = self.text
        for start, end, put in sorted(set(splices), reverse=True):
            text = text[:start] + put + text[end:]
        return text

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @cached_property
    def _returns(self) -> list[int]:
        """Where in `text` a line break stands that is two characters in the file."""
        mark = self.original.startswith("\ufeff")
        return [match.start() - mark - number for number, match in enumerate(re.finditer("\r\n", self.original))]

    def _real(self, offset: int) -> int:
        return offset + bisect_left(self._returns, offset) + self.original.startswith("\ufeff")


@dataclass
class Sources:
    """All files of some kinds. `unread` are those that are no text or too large, with their bytes' first million."""

    files: dict[str, Source] = field(default_factory=dict)
    unread: dict[str, bytes] = field(default_factory=dict)
    cut: bool = False

    def holding(self, word: str) -> list[Source]:
        """The files in which a word stands."""
        found = word_pattern(word)
        return [source for source in self.files.values() if word in source.text and found.search(source.text)]

    def unread_with(self, word: str) -> list[str]:
        """Files in which the word stands but which could not be analysed."""
        return [path for path, content in self.unread.items() if word.encode() in content]


def word_pattern(word: str) -> re.Pattern[str]:
    """Finds a word that is not a part of another."""
    return re.compile(rf"(?<![\w$]){re.escape(word)}(?![\w$])")


def collect(named: str, suffixes: Collection[str]) -> Sources:
    """The file `named` and all below the current directory that end in one of `suffixes`.

    Raises Refused if the named one is gone or cannot be analysed.
    """
    found, total = Sources(), 0
    for path, content in _contents(named, suffixes):
        total += len(content or b"")
        if len(found.files) >= MAX_FILES or total > MAX_TOTAL_BYTES:
            found.cut = True
            break
        if path not in found.files and content is not None:
            _keep(found, path, content)
    if named not in found.files:
        raise Refused(_why_missing(named, found), "not_text" if named in found.unread else "path_not_found")
    return found


def _keep(found: Sources, path: str, content: bytes) -> None:
    try:
        text = content[:MAX_FILE_BYTES].decode() if len(content) <= MAX_FILE_BYTES else None
    except UnicodeDecodeError:
        text = None
    if text is None or "\0" in text or re.search("\r(?!\n)", text):
        found.unread[path] = content
    else:
        found.files[path] = Source(path, text, hashlib.sha256(content).hexdigest())


def _why_missing(named: str, found: Sources) -> str:
    if named in found.unread:
        return (
            f"{named!r} cannot be analysed: it has more than {MAX_FILE_BYTES:,} bytes, is not UTF-8 text, or has lines "
            "that end in a bare carriage return. Use search_text and edit_code."
        )
    return f"{named!r} was there a moment ago and is gone. Look with read_tree for what is there."


def _contents(named: str, suffixes: Collection[str]) -> Iterator[tuple[str, bytes | None]]:
    yield named, _named(named)
    for place, directories, files, fd in os.fwalk(".", follow_symlinks=False):
        directories[:] = sorted(name for name in directories if name not in SKIPPED)
        for name in sorted(files):
            if PurePosixPath(name).suffix.lower() in suffixes:
                path = str(PurePosixPath(place, name))
                if path != named and _printable(path):
                    yield path, _read(name, fd)


def _printable(path: str) -> bool:
    return path.isprintable() and not any("\ud800" <= char <= "\udfff" for char in path)


def _named(path: str) -> bytes | None:
    *directories, name = path.split("/")
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        for directory in directories:
            below = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
            os.close(fd)
            fd = below
        return _read(name, fd)
    except OSError:
        return None
    finally:
        os.close(fd)


def _read(name: str, directory: int) -> bytes | None:
    """The first bytes of an ordinary file, one more than are analysed; None for anything else."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=directory)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        return None
    with os.fdopen(fd, "rb") as handle:
        return handle.read(MAX_FILE_BYTES + 1)
