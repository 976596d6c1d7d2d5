"""Applies a unified diff: put right first, judged path by path, then applied by git, all of it or nothing."""

import asyncio
from dataclasses import dataclass

from loom_app.actions.diffs import FileDiff, Hunk, read_diff
from loom_app.actions.git_apply import git_apply
from loom_app.actions.placing import placed
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.sandbox.workspace import Workspace

LARGEST = 5_000_000
"""The largest file, in bytes, that is patched or edited."""
_MAX_FILES = 200


@dataclass(frozen=True)
class Applied:
    """What a patch did: the files it changed, and the lines it added and removed."""

    files: list[str]
    added: int
    removed: int


async def apply_patch(workspace: Workspace, patch: str, only: str | None = None) -> Applied:
    """Applies `patch` to the workspace, or with `only` to that one file.

    Raises Invalid (cannot be read), Forbidden (leaves the workspace, touches git) or Conflict (does not fit the files).
    """
    diffs, fitted = await asyncio.to_thread(_prepared, workspace, patch, only)
    await git_apply(workspace.root, fitted)
    return _told(diffs)


def changes_of(patch: str) -> Applied:
    """What `patch` says that it changes, whatever files there are. Raises as `apply_patch` for what is no patch."""
    return _told(read_diff(patch, lambda _: None))


def _told(diffs: list[FileDiff]) -> Applied:
    bodies = [line for diff in diffs for hunk in diff.hunks for line in hunk.body]
    return Applied(
        files=list(dict.fromkeys(diff.path for diff in diffs)),
        added=sum(line[0] == "+" for line in bodies),
        removed=sum(line[0] == "-" for line in bodies),
    )


def _prepared(workspace: Workspace, patch: str, only: str | None) -> tuple[list[FileDiff], str]:
    texts: dict[str, str | None] = {}

    def lookup(path: str) -> str | None:
        if path not in texts:
            texts[path] = workspace.read_text(path, LARGEST) if workspace.exists(path) else None
        return texts[path]

    diffs = read_diff(patch, lookup, only)
    if len(diffs) > _MAX_FILES:
        raise Invalid(f"The patch changes {len(diffs)} files; at most {_MAX_FILES} go in one.", code="patch_malformed")
    for diff in diffs:
        _check(workspace, diff, only)
        if diff.source and diff.target is None and not diff.hunks:
            diff.hunks = _emptying(lookup(diff.source) or "")
    return diffs, "".join(_written(diff, lookup(diff.source) if diff.source else None) for diff in diffs)


def _emptying(text: str) -> list[Hunk]:
    """What removes every line: a patch may delete a file without quoting it."""
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []
    return [Hunk(1, [f"-{line}" for line in lines])] if lines else []


def _check(workspace: Workspace, diff: FileDiff, only: str | None) -> None:
    for path in filter(None, (diff.source, diff.target)):
        workspace.resolve(path)
        if any(character in path for character in '\n\t"\\'):
            raise Invalid(f"The patch names {path!r}, which no patch can name safely.", code="patch_malformed")
    if only is not None and {diff.source, diff.target} - {None, only}:
        raise Invalid(f"The patch changes {diff.path!r}, but the action is about {only!r}.", code="patch_malformed")
    if diff.source is None and diff.target and workspace.exists(diff.target):
        raise Conflict(
            f"The patch makes {diff.target!r}, which exists. Patch it as a file that is there, or use edit_code.",
            code="path_exists",
        )
    if diff.source and not workspace.exists(diff.source):
        raise Conflict(
            f"The patch changes {diff.source!r}, which does not exist. To make a file, use write_file.",
            code="path_not_found",
        )


def _written(diff: FileDiff, text: str | None) -> str:
    source, target = diff.source or diff.target, diff.target or diff.source
    lines = [f"diff --git a/{source} b/{target}", *diff.headers]
    if diff.source is None and not any(line.startswith("new file") for line in diff.headers):
        lines.append("new file mode 100644")
    if diff.target is None and not any(line.startswith("deleted file") for line in diff.headers):
        lines.append("deleted file mode 100644")
    if diff.hunks:
        lines.append(f"--- a/{diff.source}" if diff.source else "--- /dev/null")
        lines.append(f"+++ b/{diff.target}" if diff.target else "+++ /dev/null")
        lines += placed(diff, text)
    return "\n".join(lines) + "\n"
