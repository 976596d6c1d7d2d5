"""Puts hunks where they belong in a file: models get line numbers, counts and line endings wrong."""

from collections.abc import Sequence

from loom_app.actions.diffs import FileDiff, Hunk
from loom_app.actions.matching import occurrences
from loom_app.actions.nearest import nearest_lines
from loom_app.kernel.errors import Conflict

_OPEN_END = "\\ No newline at end of file"


def placed(diff: FileDiff, text: str | None) -> list[str]:
    """The hunks with right line numbers and counts, in the file's own line endings."""
    *lines, rest = (text or "").split("\n")
    lines = [*lines, rest] if rest else lines
    bare = [line.removesuffix("\r") for line in lines]
    ending = "\r" if text and "\r\n" in text else ""
    shift, written = 0, []
    for start, hunk in sorted(((_find(hunk, bare, diff.path), hunk) for hunk in diff.hunks), key=lambda pair: pair[0]):
        old, new = len(hunk.old), len(hunk.new)
        at_end = bool(rest) and start + old == len(lines)
        written.append(f"@@ -{start + bool(old)},{old} +{start + shift + bool(new)},{new} @@")
        written += _fitted(hunk, lines[start : start + old], ending, at_end=at_end)
        shift += new - old
    return written


def _fitted(hunk: Hunk, found: Sequence[str], ending: str, *, at_end: bool) -> list[str]:
    """The body, its old lines as they stand in the file; a last line without a line break stays so."""
    body, real = [], iter(found)
    last_old = max((n for n, line in enumerate(hunk.body) if line[0] in " -"), default=-1)
    last_new = max((n for n, line in enumerate(hunk.body) if line[0] in " +"), default=-1)
    for number, line in enumerate(hunk.body):
        if line[0] == "+":
            body.append(line + ("" if at_end and number == last_new else ending))
        else:
            body.append(line[0] + next(real))
        if at_end and number == last_old != last_new and line[0] == " ":
            body[-1:] = ["-" + body[-1][1:], _OPEN_END, "+" + line[1:] + ending]
        elif at_end and number in _open_ends(hunk, last_old, last_new):
            body.append(_OPEN_END)
    return body


def _open_ends(hunk: Hunk, last_old: int, last_new: int) -> set[int]:
    """The lines of the hunk that end their file without a line break, in a file whose last line has none."""
    return {last_old, last_new} if hunk.body[last_new][0] == "+" or last_new == last_old else {last_old}


def _find(hunk: Hunk, lines: Sequence[str], path: str) -> int:
    """Where, from 0, the hunk's old lines stand: there once, or of several places nearest to where it says."""
    if not hunk.old:
        return _insertion(hunk, lines, path)
    for key in (str, str.rstrip):
        starts = occurrences([key(line) for line in lines], [key(line) for line in hunk.old], most=1000)
        if len(starts) == 1:
            return starts[0]
        if starts and hunk.line is not None:
            said = hunk.line - 1
            return min(starts, key=lambda start: abs(start - said))
        if starts:
            shown = ", ".join(str(start + 1) for start in starts[:5])
            raise Conflict(
                f"A hunk for {path!r} fits several places, at lines {shown}. Add context lines or a line number.",
                code="patch_failed",
            )
    raise _unfit(hunk, lines, path)


def _insertion(hunk: Hunk, lines: Sequence[str], path: str) -> int:
    if not lines:
        return 0
    if hunk.line is None or hunk.line > len(lines):
        raise Conflict(
            f"A hunk for {path!r} only adds lines and does not say where among the file's {len(lines)} lines. "
            "Add context lines.",
            code="patch_failed",
        )
    return hunk.line


def _unfit(hunk: Hunk, lines: Sequence[str], path: str) -> Conflict:
    said = f" at line {hunk.line}" if hunk.line else ""
    near = nearest_lines("\n".join(lines), "\n".join(hunk.old))
    where = f" The nearest lines begin at line {near.line}." if near else ""
    return Conflict(
        f"A hunk for {path!r}{said} does not fit: the file has no such lines as its context and removed lines, "
        f"of which the first is {hunk.old[0][:100]!r}. Nothing was changed.{where}",
        code="patch_failed",
        **({"nearest": near.text, "nearest_line": near.line} if near else {}),
    )
