"""What is about to be committed, looked through: nothing huge, no link out, no conflict left over, no secret."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loom_app.git.leaks import Leak, leaks
from loom_app.git.runner import GitFailed, git
from loom_app.kernel.errors import Invalid

LINK, DELETED = "120000", "D"
MARKER = re.compile(r"[<>]{7} ")
HUNK = re.compile(r"@@ -\S+ \+(\d+)")
MOST_NAMED = 10
LISTED = ("--raw", "-z", "--no-renames")
PLAIN = (*LISTED, "--patch", "--text", "--no-color", "--no-ext-diff", "--no-textconv", "-U0", "--dst-prefix=")


@dataclass(frozen=True)
class Rules:
    """What one may commit: files of up to `largest` bytes; `allowed` names findings a person has looked at."""

    largest: int = 50 << 20
    allowed: frozenset[str] = frozenset()


async def look_through(folder: Path, against: str, rules: Rules) -> list[str]:
    """The paths that are staged in `folder` beyond the commit `against`. Raises Invalid for what may not be there."""
    raw, patch = await _staged(folder, against, rules)
    for mode, path in _changed(raw):
        _check_file(folder, mode, path, rules)
    found: list[Leak] = []
    for path, lines in _added(patch):
        if any(MARKER.match(text) for _, text in lines):
            raise _marked(path)
        found += (leak for leak in leaks(path, iter(lines)) if leak.fingerprint not in rules.allowed)
    if found:
        raise _leaking(found)
    return raw.split("\0")[1::2]


async def _staged(folder: Path, against: str, rules: Rules) -> tuple[str, str]:
    """The list of what is staged, and as a patch what it adds.

    The patch is one of text whatever .gitattributes say, which the agent may have written to hide something.
    """
    try:
        said = await git("diff", "--cached", *PLAIN, against, "--", cwd=folder)
    except GitFailed as failed:
        if failed.code != "git_output_too_large":
            raise
        for mode, path in _changed(await git("diff", "--cached", *LISTED, against, "--", cwd=folder)):
            _check_file(folder, mode, path, rules)
        raise Invalid(
            "These changes are too large to be looked through for secrets. Commit fewer or smaller files at a time.",
            code="commit_too_large",
        ) from failed
    raw, start, patch = said.partition("\0diff --git ")
    return raw.rstrip("\0"), f"diff --git {patch}" if start else ""


def _changed(raw: str) -> list[tuple[str, str]]:
    """Mode and path of each file that is there afterwards."""
    fields = raw.split("\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    return [(about.split()[1], path) for about, path in pairs if about and about.split()[-1] != DELETED]


def _check_file(folder: Path, mode: str, path: str, rules: Rules) -> None:
    place = folder / path
    if mode == LINK:
        _check_link(path, str(place.readlink()) if place.is_symlink() else "")
    elif place.is_file() and (size := place.lstat().st_size) > rules.largest:
        raise Invalid(
            f"{path!r} has {size / 2**20:.1f} MiB; files of up to {rules.largest / 2**20:g} MiB are committed. Keep it "
            "out of git (.gitignore), or fetch it where it is needed.",
            code="file_too_large",
        )


def _check_link(path: str, target: str) -> None:
    inside = os.path.normpath(os.path.join(os.path.dirname(path), target))  # noqa: PTH118, PTH120 - not to be followed
    if os.path.isabs(target) or inside.startswith(".."):  # noqa: PTH117
        raise Invalid(
            f"{path!r} is a symbolic link to {target!r}, outside the repository. Link within it or copy the file.",
            code="link_outside",
        )


def _added(diff: str) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """Each file's added lines with their numbers."""
    for part in re.split(r"(?m)^diff --git ", diff)[1:]:
        head, *hunks = re.split(r"(?m)^(?=@@ )", part)
        named = re.search(r"(?m)^\+\+\+ (.+)$", head)
        lines: list[tuple[int, str]] = []
        for hunk in hunks:
            start = HUNK.match(hunk)
            added = (line[1:] for line in hunk.split("\n")[1:] if line.startswith("+"))
            lines += enumerate(added, int(start[1]) if start else 1)
        yield (named[1].rstrip("\t") if named else "?"), lines


def _marked(path: str) -> Invalid:
    return Invalid(
        f"There are still conflict markers (<<<<<<< or >>>>>>>) in your changes of {path}. Edit each marked place so "
        "that both sides' intent holds, remove the markers, run the tests, then finish again.",
        code="conflict_markers",
    )


def _leaking(found: list[Leak]) -> Invalid:
    named = "; ".join(f"{one.path}:{one.line} {one.kind} (finding {one.fingerprint})" for one in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return Invalid(
        f"Nothing was committed, for this looks like secrets: {named}{more}. Take them out and read them from the "
        "environment. If one is none, escalate with its finding: a person can allow it for this project.",
        code="secret_in_commit",
        findings=[f"{one.path}:{one.line} {one.fingerprint}" for one in found[:MOST_NAMED]],
    )
