"""What is done to files."""

from typing import Literal, Self

from pydantic import Field, model_validator

from loom_app.actions import fields as f
from loom_app.actions.model import ActionModel


class ReadFile(ActionModel):
    """Shows a text file, or some lines of it."""

    effect = "read"
    example = {"path": "README.md"}
    type: Literal["read_file"] = "read_file"
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))
    start_line: f.LineNumber | None = Field(None, description="first line, from 1")
    end_line: f.LineNumber | None = Field(None, description="last line, included")

    @model_validator(mode="after")
    def _lines_in_order(self) -> Self:
        if self.start_line and self.end_line and self.end_line < self.start_line:
            raise ValueError(f"end_line {self.end_line} comes before start_line {self.start_line}")
        return self


class ReadTree(ActionModel):
    """Lists the files and folders under a folder."""

    effect = "read"
    example = {"path": "."}
    type: Literal["read_tree"] = "read_tree"
    path: f.Path = Field(".", validation_alias=f.also("path", "directory", "dir"))
    max_depth: f.Depth = Field(4, validation_alias=f.also("max_depth", "depth"))
    limit: f.Count = 500


class SearchText(ActionModel):
    """Finds the lines that contain a text."""

    effect = "read"
    example = {"query": "def total"}
    type: Literal["search_text"] = "search_text"
    query: f.Query = Field(validation_alias=f.also("query", "pattern", "text"))
    path: f.Path = Field(".", description="file or folder to search")
    limit: f.Count = 200


class WriteFile(ActionModel):
    """Writes a whole file, new or in place of the old one."""

    effect = "idempotent"
    example = {"path": "notes.txt", "content": "First line\n"}
    type: Literal["write_file"] = "write_file"
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))
    content: f.Body = Field(validation_alias=f.also("content", "contents", "text"))


class EditCode(ActionModel):
    """Replaces one piece of a file: old_text must stand in it exactly once. A unified diff as patch does too."""

    example = {"path": "app.py", "old_text": "return a - b", "new_text": "return a + b"}
    type: Literal["edit_code"] = "edit_code"
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))
    old_text: f.FilledBody | None = Field(
        None,
        validation_alias=f.also("old_text", "old", "old_string", "search"),
        description="the lines as they are, with 2 or 3 lines around them",
    )
    new_text: f.Body | None = Field(
        None,
        validation_alias=f.also("new_text", "new", "new_string", "replace"),
        description="what stands there afterwards",
    )
    patch: f.FilledBody | None = Field(
        None, validation_alias=f.also("patch", "diff"), description="instead of the two texts"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        texts = (self.old_text is not None) + (self.new_text is not None)
        if self.patch is None and texts < 2:
            missing = "old_text" if self.old_text is None else "new_text"
            raise ValueError(f"needs both old_text and new_text, or a patch; {missing} is missing")
        if self.patch is not None and texts:
            raise ValueError("takes either old_text and new_text or a patch, not both")
        return self


class ApplyPatch(ActionModel):
    """Applies a unified diff to one or more files."""

    example = {"patch": "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,2 @@\n import os\n-x = 1\n+x = 2\n"}
    type: Literal["apply_patch"] = "apply_patch"
    patch: f.FilledBody = Field(validation_alias=f.also("patch", "diff"))


class DeleteFile(ActionModel):
    """Deletes a file."""

    effect = "idempotent"
    example = {"path": "old.txt"}
    type: Literal["delete_file"] = "delete_file"
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))


class MoveFile(ActionModel):
    """Moves a file or folder to a path where nothing is yet."""

    example = {"source_path": "util.py", "target_path": "lib/util.py"}
    type: Literal["move_file"] = "move_file"
    source_path: f.Path = Field(validation_alias=f.also("source_path", "source", "path", "from", "old_path"))
    target_path: f.Path = Field(
        validation_alias=f.also("target_path", "target", "destination", "to", "new_path"), description="the whole path"
    )


class RenameFile(ActionModel):
    """Gives a file or folder another name where it is."""

    example = {"source_path": "lib/util.py", "new_name": "text.py"}
    type: Literal["rename_file"] = "rename_file"
    source_path: f.Path = Field(validation_alias=f.also("source_path", "source", "path", "old_path"))
    new_name: f.FileName = Field(validation_alias=f.also("new_name", "name"), description="without folders")


KINDS: tuple[type[ActionModel], ...] = (
    ReadFile, ReadTree, SearchText, WriteFile, EditCode, ApplyPatch, MoveFile, RenameFile, DeleteFile
)  # fmt: skip
"""In the order models are told of them."""
