"""What is changed in code by its structure."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from loom_app.actions import fields as f
from loom_app.actions.model import ActionModel

_LEVELS = {"warn": "warning", "fatal": "critical", "trace": "debug", "err": "error"}


def _level(value: Any) -> Any:
    word = value.strip().lower() if isinstance(value, str) else value
    return _LEVELS.get(word, word)


Level = Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_level)]


class _Refactoring(ActionModel):
    path: f.Path = Field(validation_alias=f.also("path", "file", "file_path", "filename"))


class RenameSymbol(_Refactoring):
    """Renames a name at every use in the project, or refuses and says why."""

    example = {"path": "app.py", "symbol": "total", "new_name": "net_total"}
    type: Literal["rename_symbol"] = "rename_symbol"
    symbol: f.Line = Field(validation_alias=f.also("symbol", "old_name", "name"), description="a name, or Class.name")
    new_name: f.Line
    line: f.LineNumber | None = Field(None, description="where several are named so")


class ExtractMethod(_Refactoring):
    """Makes a function of whole lines (Python)."""

    example = {"path": "app.py", "method_name": "read_rates", "start_line": 10, "end_line": 14}
    type: Literal["extract_method"] = "extract_method"
    method_name: f.Line = Field(validation_alias=f.also("method_name", "name", "new_name"))
    start_line: f.LineNumber
    end_line: f.LineNumber

    @model_validator(mode="after")
    def _lines_in_order(self) -> Self:
        if self.end_line < self.start_line:
            raise ValueError(f"end_line {self.end_line} comes before start_line {self.start_line}")
        return self


class InlineVariable(_Refactoring):
    """Puts a variable's value in the place of its uses (Python)."""

    example = {"path": "app.py", "variable_name": "rate"}
    type: Literal["inline_variable"] = "inline_variable"
    variable_name: f.Line = Field(validation_alias=f.also("variable_name", "variable", "symbol", "name"))
    line: f.LineNumber | None = None


class AddLog(_Refactoring):
    """Logs a message before the statement of a line."""

    example = {"path": "app.py", "line": 12, "log_message": "no rates"}
    type: Literal["add_log"] = "add_log"
    line: f.LineNumber = Field(validation_alias=f.also("line", "line_number"))
    log_message: f.Line = Field(validation_alias=f.also("log_message", "message", "text"))
    log_level: Level = Field("info", validation_alias=f.also("log_level", "level"))


class AddBreakpoint(_Refactoring):
    """Stops in a debugger before the statement of a line (Python, JavaScript, TypeScript, Ruby, C#)."""

    example = {"path": "app.py", "line": 12}
    type: Literal["add_breakpoint"] = "add_breakpoint"
    line: f.LineNumber = Field(validation_alias=f.also("line", "line_number"))
    condition: f.Word = ""


KINDS: tuple[type[ActionModel], ...] = (RenameSymbol, ExtractMethod, InlineVariable, AddLog, AddBreakpoint)
"""In the order models are told of them."""
