"""Reads unified diffs as models write them: fenced, with or without prefixes, counts and line numbers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from loom_app.kernel.errors import Forbidden, Invalid

_HUNK = re.compile(r"@@(?: -(?P<old>\d+)(?:,\d+)? \+(?P<new>\d+)(?:,\d+)? @@)?")
_FENCE = re.compile(r"\A\s*```[\w-]*\n(?P<body>.*?)\n?```\s*\Z", re.DOTALL)
_KEPT_HEADERS = ("new file mode ", "deleted file mode ", "old mode ", "new mode ", "rename from ", "rename to ")
_UNSAFE_MODES = ("120000", "160000")
_NOTHING = "/dev/null"

Lookup = Callable[[str], str | None]
"""The text of a file of the workspace by its path, or None when there is none."""


@dataclass
class Hunk:
    """One change: `line` is where the diff says it begins in the old file (None: it does not say)."""

    line: int | None
    body: list[str] = field(default_factory=list)

    @property
    def old(self) -> list[str]:
        """The lines that must stand in the file."""
        return [line[1:] for line in self.body if line[0] in " -"]

    @property
    def new(self) -> list[str]:
        """The lines that stand there afterwards."""
        return [line[1:] for line in self.body if line[0] in " +"]


@dataclass
class FileDiff:
    """The changes to one file. A source or target of None means that the file is made or deleted."""

    source: str | None
    target: str | None
    headers: list[str] = field(default_factory=list)
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The file as a person would call it."""
        return self.target or self.source or ""


def read_diff(patch: str, lookup: Lookup, only: str | None = None) -> list[FileDiff]:
    """The files and hunks of `patch`. With `only`, hunks without a file header belong to that file.

    Raises Invalid with the line of the patch that cannot be read, Forbidden for links and submodules.
    """
    fenced = _FENCE.match(patch)
    lines = (fenced["body"] if fenced else patch).replace("\r\n", "\n").split("\n")
    diffs = _Reader(lines, lookup, only).read()
    if not any(diff.hunks or diff.headers for diff in diffs):
        raise Invalid(
            "The patch holds no change: it needs lines such as '--- a/app.py', '+++ b/app.py' and '@@ -1,3 +1,3 @@'.",
            code="patch_malformed",
        )
    return diffs


class _Reader:
    """Walks through the lines of a patch once."""

    def __init__(self, lines: Sequence[str], lookup: Lookup, only: str | None) -> None:
        self._lines, self._lookup, self._only = lines, lookup, only
        self._at = 0
        self._headers: list[str] = []
        self._diffs: list[FileDiff] = []

    def read(self) -> list[FileDiff]:
        while self._at < len(self._lines):
            self._step(self._lines[self._at])
        self._flush()
        return self._diffs

    def _step(self, line: str) -> None:
        if line.startswith("diff --git "):
            self._flush()
        if self._is_file_header():
            self._begin(line[4:], self._lines[self._at + 1][4:])
            self._at += 2
        elif line.startswith("@@"):
            self._hunk(line)
        else:
            if line.startswith(_KEPT_HEADERS):
                _refuse_unsafe(line)
                self._headers.append(line)
            elif line.startswith(("GIT binary patch", "Binary files ")):
                raise Invalid("The patch changes a binary file; only text can be patched.", code="patch_malformed")
            self._at += 1

    def _is_file_header(self) -> bool:
        following = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        return self._lines[self._at].startswith("--- ") and following.startswith("+++ ")

    def _begin(self, source: str, target: str) -> None:
        old, new = _path(source, "a/", self._lookup), _path(target, "b/", self._lookup)
        if old is None and new is None:
            raise Invalid("The patch names /dev/null on both sides; name the file.", code="patch_malformed")
        if old and new and old != new and not self._renames():
            old = new = new if self._lookup(new) is not None else old
        headers = [line for line in self._headers if _belongs(line, old, new)]
        self._diffs.append(FileDiff(old, new, headers))
        self._headers = []

    def _renames(self) -> dict[str, str]:
        return {line.split(" ", 2)[1]: line.split(" ", 2)[2] for line in self._headers if line.startswith("rename ")}

    def _flush(self) -> None:
        """Keeps a rename that has no hunks; other headers without a file mean nothing."""
        named = self._renames()
        if {"from", "to"} <= named.keys():
            self._diffs.append(FileDiff(named["from"], named["to"], self._headers))
        self._headers = []

    def _hunk(self, line: str) -> None:
        if not self._diffs:
            if self._only is None:
                raise self._bad("is a hunk before any file: put '--- a/PATH' and '+++ b/PATH' above it")
            self._diffs.append(FileDiff(self._only, self._only))
        found = _HUNK.match(line)
        hunk = Hunk(int(found["old"]) if found and found["old"] else None)
        self._at += 1
        while self._at < len(self._lines) and not self._ends_hunk():
            hunk.body.append(self._body_line(self._lines[self._at]))
            self._at += 1
        while hunk.body and hunk.body[-1] == " " and self._lines[self._at - 1] == "":
            hunk.body.pop()
            self._at -= 1
        self._at += _blank_run(self._lines, self._at)
        hunk.body = [line for line in hunk.body if line[0] != "\\"]
        if not any(line[0] in "+-" for line in hunk.body):
            raise self._bad("ends a hunk that neither adds nor removes a line")
        self._diffs[-1].hunks.append(hunk)

    def _ends_hunk(self) -> bool:
        return self._lines[self._at].startswith(("@@", "diff --git ", "index ")) or self._is_file_header()

    def _body_line(self, line: str) -> str:
        if line == "":
            return " "
        if line[0] in " +-\\":
            return line
        raise self._bad("begins with none of space, + and -")

    def _bad(self, what: str) -> Invalid:
        line = self._lines[min(self._at, len(self._lines) - 1)]
        return Invalid(f"Line {self._at + 1} of the patch {what}: {line[:100]!r}", code="patch_malformed")


def _belongs(header: str, source: str | None, target: str | None) -> bool:
    if header.startswith("new file"):
        return source is None
    if header.startswith("deleted"):
        return target is None
    return source != target if header.startswith("rename") else True


def _blank_run(lines: Sequence[str], start: int) -> int:
    end = start
    while end < len(lines) and lines[end] == "":
        end += 1
    return end - start


def _refuse_unsafe(header: str) -> None:
    if header.endswith(_UNSAFE_MODES):
        raise Forbidden("The patch makes a link or submodule; only ordinary files can be patched.", code="patch_link")


def _path(written: str, prefix: str, lookup: Lookup) -> str | None:
    """The file a header line means: without its time stamp, and without a/ or b/ unless that is a real folder."""
    path: str = written.split("\t", maxsplit=1)[0].strip()
    if path == _NOTHING:
        return None
    if path.startswith('"') or not path:
        raise Invalid(f"The patch names a file in a way that cannot be read: {written[:100]!r}", code="patch_malformed")
    path = path if path.startswith("/") else "/".join(part for part in path.split("/") if part not in ("", "."))
    short = path.removeprefix(prefix)
    return path if short != path and lookup(short) is None and lookup(path) is not None else short
