"""The actions on files: read, list, search, write, edit, patch, move, delete."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from loom_app.actions.context import ActionContext
from loom_app.actions.editing import Edit, replace_once
from loom_app.actions.kinds.files import (
    ApplyPatch,
    DeleteFile,
    EditCode,
    MoveFile,
    ReadFile,
    ReadTree,
    RenameFile,
    SearchText,
    WriteFile,
)
from loom_app.actions.patching import LARGEST, apply_patch
from loom_app.actions.results import ActionResult, executed
from loom_app.kernel.errors import Invalid
from loom_app.kernel.keyforms import MARKER
from loom_app.sandbox.workspace import Workspace


async def read_file(action: ReadFile, context: ActionContext) -> ActionResult:
    """The text of a file, or of some lines; `truncated` when the record keeps only its beginning."""
    text = await asyncio.to_thread(
        context.workspace.read_text,
        action.path,
        context.limits.read_bytes,
        start_line=action.start_line,
        end_line=action.end_line,
    )
    shown = await asyncio.to_thread(context.clean, text)
    kept = shown[: context.limits.kept_characters]
    return executed(
        action,
        "file read",
        path=action.path,
        content=kept,
        size=len(text.encode()),
        start_line=action.start_line or 1,
        lines=text.count("\n") + bool(text and not text.endswith("\n")),
        truncated=len(kept) < len(shown),
    )


async def read_tree(action: ReadTree, context: ActionContext) -> ActionResult:
    """The entries under a folder; `truncated` when there are more than the limit."""
    found = await asyncio.to_thread(context.workspace.tree, action.path, action.max_depth, action.limit)
    return executed(
        action, "tree read", path=action.path, entries=[asdict(entry) for entry in found], truncated=found.cut
    )


async def search_text(action: SearchText, context: ActionContext) -> ActionResult:
    """The lines that contain a text; `truncated` when there are more than the limit."""
    found = await asyncio.to_thread(context.workspace.search, action.query, action.path, action.limit)
    matches = [asdict(match) for match in found]
    return executed(action, "search completed", query=action.query, matches=matches, truncated=found.cut)


async def write_file(action: WriteFile, context: ActionContext) -> ActionResult:
    """Writes a whole file."""
    _refuse_markers(action.content)
    written = await asyncio.to_thread(context.workspace.write_text, action.path, action.content)
    return executed(action, "file written", path=action.path, bytes_written=written)


async def edit_code(action: EditCode, context: ActionContext) -> ActionResult:
    """Replaces one piece of a file, or applies a patch to it."""
    _refuse_markers(action.new_text or "")
    if action.patch is not None:
        _refuse_markers(_added(action.patch))
        applied = await apply_patch(context.workspace, action.patch, only=action.path)
        output = f"{applied.added} lines added, {applied.removed} removed"
        return executed(action, f"edited {action.path} (patch)", path=action.path, output=output)
    edit, written = await asyncio.to_thread(_edited, context.workspace, action)
    return executed(
        action,
        f"edited {action.path} (match: {edit.strategy})",
        path=action.path,
        bytes_written=written,
        match_strategy=edit.strategy,
        line=edit.line,
        old_length=edit.old_length,
        new_length=edit.new_length,
    )


def _refuse_markers(text: str) -> None:
    """Raises Invalid where what a model was shown in place of a secret would be written over the secret."""
    if found := MARKER.search(text):
        raise Invalid(
            f"{found[0]} stands in your text where the file has something that you were not shown; it would be lost. "
            "Change the lines around it with edit_code and leave that one alone.",
            code="secret_not_shown",
        )


def _added(patch: str) -> str:
    return "\n".join(line for line in patch.splitlines() if line.startswith("+"))


def _edited(workspace: Workspace, action: EditCode) -> tuple[Edit, int]:
    text = workspace.read_text(action.path, LARGEST)
    edit = replace_once(text, action.old_text or "", action.new_text or "")
    return edit, workspace.write_text(action.path, edit.text)


async def patch(action: ApplyPatch, context: ActionContext) -> ActionResult:
    """Applies a unified diff."""
    _refuse_markers(_added(action.patch))
    applied = await apply_patch(context.workspace, action.patch)
    output = f"{', '.join(applied.files)}: {applied.added} lines added, {applied.removed} removed"
    return executed(action, "patch applied", output=output, files=applied.files)


async def move_file(action: MoveFile, context: ActionContext) -> ActionResult:
    """Moves a file or folder, never onto another."""
    source, target = action.source_path, action.target_path
    await asyncio.to_thread(context.workspace.move, source, target)
    return executed(action, f"Moved {source} to {target}", source=source, target=target, files=[source, target])


async def rename_file(action: RenameFile, context: ActionContext) -> ActionResult:
    """Renames a file or folder in its folder, never onto another."""
    source = action.source_path.rstrip("/")
    folder, slash, _ = source.rpartition("/")
    target = f"{folder}{slash}{action.new_name}"
    await asyncio.to_thread(context.workspace.move, source, target)
    said = f"Renamed {source} to {action.new_name}"
    return executed(action, said, source=source, new_name=action.new_name, files=[source, target])


async def delete_file(action: DeleteFile, context: ActionContext) -> ActionResult:
    """Deletes a file."""
    await asyncio.to_thread(context.workspace.delete, action.path)
    return executed(action, f"deleted {action.path}", file=action.path, path=action.path)


HANDLERS: Mapping[str, Any] = {
    "read_file": read_file,
    "read_tree": read_tree,
    "search_text": search_text,
    "write_file": write_file,
    "edit_code": edit_code,
    "apply_patch": patch,
    "move_file": move_file,
    "rename_file": rename_file,
    "delete_file": delete_file,
}
