"""What is asked of code without running it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from loom_app.actions import fields as f
from loom_app.actions.model import ActionModel


class _Lookup(ActionModel):
    effect = "read"
    example = {"path": "app.py", "symbol": "total"}
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))
    symbol: f.Word = Field("", validation_alias=f.also("symbol", "name"), description="or line and column")
    line: f.LineNumber | None = None
    column: f.LineNumber | None = None
    language: f.Word = ""

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.symbol.strip() and (self.line is None or self.column is None):
            raise ValueError("needs symbol, or line and column")
        return self


class FindReferences(_Lookup):
    """Finds every use of a name in the project."""

    type: Literal["find_references"] = "find_references"


class GoToDefinition(_Lookup):
    """Finds where a name is defined."""

    type: Literal["go_to_definition"] = "go_to_definition"


class FindImplementations(_Lookup):
    """Finds the classes and methods that implement or extend one."""

    type: Literal["find_implementations"] = "find_implementations"


class GenerateDocs(ActionModel):
    """Outlines a file: its public names, and which lack documentation for you to write."""

    effect = "read"
    example = {"path": "app.py"}
    type: Literal["generate_docs"] = "generate_docs"
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))
    doc_format: f.Word = Field("", validation_alias=f.also("doc_format", "format", "style"))


KINDS: tuple[type[ActionModel], ...] = (FindReferences, GoToDefinition, FindImplementations, GenerateDocs)
"""In the order models are told of them."""
