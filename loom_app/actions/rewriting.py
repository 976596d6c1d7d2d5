"""Carries out what an analysis wants changed, in all files or in none."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from loom_app.actions.analysing import Change
from loom_app.actions.patching import LARGEST
from loom_app.kernel.errors import Conflict, LoomError
from loom_app.sandbox.workspace import Workspace

MAX_FILES = 500
MAX_SHOWN = 6_000
Edit = tuple[int, int, str]


@dataclass(frozen=True)
class Rewritten:
    """The files that were changed, and the changed lines as a short diff."""

    files: list[str]
    diff: str


def rewrite(workspace: Workspace, changes: Sequence[Change]) -> Rewritten:
    """Make the changes. Raises Conflict, with nothing changed, if a file is not as it was when it was analysed."""
    if not changes:
        raise Conflict("There is nothing to change.", code="edit_no_change")
    if len(changes) > MAX_FILES:
        raise Conflict(
            f"It would change {len(changes)} files; at most {MAX_FILES} are changed at once.", code="too_many_files"
        )
    texts = {change.path: _checked(workspace, change) for change in changes}
    after = {change.path: _applied(texts[change.path], change) for change in changes}
    _write(workspace, texts, after)
    return Rewritten(list(after), "\n".join(_shown(change, texts[change.path]) for change in changes)[:MAX_SHOWN])


def _checked(workspace: Workspace, change: Change) -> str:
    text = workspace.read_text(change.path, LARGEST)
    if hashlib.sha256(text.encode()).hexdigest() != change.digest:
        raise Conflict(
            f"{change.path!r} was changed while it was analysed, so nothing was done. Try again.", code="edit_conflict"
        )
    ends = [end for _, end, _ in change.edits]
    if ends[-1] > len(text) or any(start > end for start, end, _ in change.edits) or _overlap(change.edits):
        raise Conflict(f"The change of {change.path!r} does not fit it; nothing was done.", code="analysis_failed")
    return text


def _overlap(edits: Sequence[Edit]) -> bool:
    return any(one[1] > two[0] for one, two in pairwise(edits))


def _applied(text: str, change: Change) -> str:
    parts, at = [], 0
    for start, end, put in change.edits:
        parts += [text[at:start], put]
        at = end
    return "".join([*parts, text[at:]])


def _write(workspace: Workspace, before: dict[str, str], after: dict[str, str]) -> None:
    written: list[str] = []
    try:
        for path, text in after.items():
            workspace.write_text(path, text)
            written.append(path)
    except (LoomError, OSError):
        for path in written:
            with suppress(LoomError, OSError):
                workspace.write_text(path, before[path])
        raise


def _shown(change: Change, text: str) -> str:
    """The lines that change, before and after."""
    lines = [f"--- {change.path}"]
    for group in _groups(change.edits, text):
        start = text.rfind("\n", 0, group[0][0]) + 1
        stop = text.find("\n", max(end for _, end, _ in group))
        stop = len(text) if stop < 0 else stop
        old, new, at = text[start:stop], "", start
        for begin, end, put in group:
            new, at = new + text[at:begin] + put, end
        new += text[at:stop]
        lines.append(f"@@ line {text.count(chr(10), 0, start) + 1} @@")
        lines += _difference(old.replace("\r", "").split("\n"), new.replace("\r", "").split("\n"))
    return "\n".join(lines)


def _difference(old: list[str], new: list[str]) -> list[str]:
    """The lines that go and those that come, without those that stay at both edges."""
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return [f"-{line}" for line in old] + [f"+{line}" for line in new]


def _groups(edits: Sequence[Edit], text: str) -> list[list[Edit]]:
    """Edits that touch the same line belong together."""
    groups: list[list[Edit]] = []
    for edit in edits:
        if groups and "\n" not in text[groups[-1][-1][1] : edit[0]]:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups
