"""Reads a unified diff as git writes it: files, hunks and lines with their numbers on either side."""

import re
from dataclasses import dataclass, field

FILE = "diff --git "
HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)", re.DOTALL)
ESCAPE = re.compile(rb'\\([abtnvfr"\\]|[0-7]{3})')
ESCAPED = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}
NOTHING = "/dev/null"


@dataclass(frozen=True)
class Line:
    """One line: `kind` is added, removed or same; `old` and `new` are its numbers on the sides it stands on."""

    kind: str
    old: int | None
    new: int | None
    text: str
    ends: bool = True
    """Whether a line break follows it in the file."""


@dataclass
class Hunk:
    """Lines that changed together; `section` is what git found above them, such as a function's head."""

    old_start: int
    new_start: int
    section: str
    lines: list[Line] = field(default_factory=list)


@dataclass
class Change:
    """What became of one file: `status` is added, deleted, renamed, copied or modified."""

    path: str
    old_path: str
    status: str = "modified"
    is_binary: bool = False
    old_mode: str = ""
    new_mode: str = ""
    hunks: list[Hunk] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many lines are of `kind`."""
        return sum(line.kind == kind for hunk in self.hunks for line in hunk.lines)

    def has(self, side: str, number: int) -> bool:
        """Whether the line with this number on the side `old` or `new` is among those shown."""
        return any(getattr(line, side) == number for hunk in self.hunks for line in hunk.lines)


def read_changes(diff: str) -> list[Change]:
    """The files of a diff. What is cut off at its end is left out; text that is no diff gives none.

    No line of a hunk begins like a file does, for each has a mark in front.
    """
    lines = diff.split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith(FILE)]
    ends = [*starts, len(lines)][1:]
    changes = (_change(lines[start:end]) for start, end in zip(starts, ends, strict=False))
    return [change for change in changes if change.path]


def _change(lines: list[str]) -> Change:
    old, new = _named(lines[0].removeprefix(FILE))
    change = Change(new, old)
    at = 1
    while at < len(lines) and not lines[at].startswith("@@ "):
        _take(change, lines[at])
        at += 1
    while at < len(lines) and (head := HUNK.match(lines[at])):
        at = _hunk(change, head, lines, at + 1)
    return change


def _take(change: Change, line: str) -> None:
    """Takes what a line of a file's head says."""
    word, _, rest = line.partition(" ")
    if word in ("---", "+++") and (path := _path(rest.removesuffix("\t"))):
        setattr(change, "old_path" if word == "---" else "path", path)
    elif line.startswith(("rename ", "copy ")):
        change.status = "renamed" if word == "rename" else "copied"
        way, _, path = rest.partition(" ")
        setattr(change, "old_path" if way == "from" else "path", _unquoted(path))
    elif line.startswith(("new file mode ", "deleted file mode ")):
        change.status = "added" if word == "new" else "deleted"
        setattr(change, "new_mode" if word == "new" else "old_mode", line.rpartition(" ")[2])
    elif line.startswith(("old mode ", "new mode ")):
        setattr(change, f"{word}_mode", line.rpartition(" ")[2])
    elif line.startswith(("Binary files ", "GIT binary patch")):
        change.is_binary = True


def _hunk(change: Change, head: re.Match[str], lines: list[str], at: int) -> int:
    """Takes as many lines as the head of the hunk says there are; where the next one may begin."""
    old, new = int(head[1]), int(head[3])
    left = {"-": int(head[2] or 1), "+": int(head[4] or 1)}
    hunk = Hunk(old, new, head[5])
    change.hunks.append(hunk)
    while at < len(lines) and (any(left.values()) or lines[at].startswith("\\")):
        mark, text = lines[at][:1], lines[at][1:]
        if mark == "\\" and hunk.lines:
            last = hunk.lines[-1]
            hunk.lines[-1] = Line(last.kind, last.old, last.new, last.text, ends=False)
        elif mark in ("", " ", "-", "+"):
            kind = {"-": "removed", "+": "added"}.get(mark, "same")
            hunk.lines.append(Line(kind, old if mark != "+" else None, new if mark != "-" else None, text))
            old, new = old + (mark != "+"), new + (mark != "-")
            left = {"-": left["-"] - (mark != "+"), "+": left["+"] - (mark != "-")}
        else:
            return at
        at += 1
    return at


def _named(rest: str) -> tuple[str, str]:
    """Both paths of a file's first line, which has them without a clear border but equal unless told otherwise."""
    if rest.startswith('"'):
        end = re.match(r'"(?:[^"\\]|\\.)*"', rest)
        first = end[0] if end else rest
        return _path(first) or "", _path(rest[len(first) + 1 :]) or _path(first) or ""
    half = (len(rest) - 1) // 2
    return _path(rest[:half]) or "", _path(rest[half + 1 :]) or ""


def _path(written: str) -> str | None:
    """The path behind a/ or b/; None for nothing."""
    plain = _unquoted(written)
    return None if plain == NOTHING else plain[2:]


def _unquoted(written: str) -> str:
    """A path without the quotes git puts around one with odd characters."""
    if not (len(written) > 1 and written.startswith('"') and written.endswith('"')):
        return written
    return ESCAPE.sub(_plain, written[1:-1].encode()).decode(errors="replace")


def _plain(found: re.Match[bytes]) -> bytes:
    return bytes([ESCAPED[found[1]] if found[1] in ESCAPED else int(found[1], 8) & 255])
