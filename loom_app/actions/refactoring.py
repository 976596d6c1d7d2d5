"""The actions that change code by its structure: in every file that is meant, or not at all."""

import asyncio
from collections.abc import Mapping
from typing import Any

from loom_app.actions.analysing import Analysis, analyse
from loom_app.actions.context import ActionContext
from loom_app.actions.kinds.refactoring import AddBreakpoint, AddLog, ExtractMethod, InlineVariable, RenameSymbol
from loom_app.actions.model import ActionModel
from loom_app.actions.navigation import remarks
from loom_app.actions.results import ActionResult, executed
from loom_app.actions.rewriting import rewrite


async def rename_symbol(action: RenameSymbol, context: ActionContext) -> ActionResult:
    """Renames what is meant everywhere; `others` are places with the same word that were left alone."""
    found = await analyse(
        context, action.name, action.path, symbol=action.symbol, line=action.line, new_name=action.new_name
    )
    return await _made(
        action,
        context,
        found,
        f"Renamed {action.symbol} to {action.new_name} in {found.count} places",
        count=found.count,
    )


async def extract_method(action: ExtractMethod, context: ActionContext) -> ActionResult:
    """Makes a function of lines."""
    found = await analyse(
        context,
        action.name,
        action.path,
        line=action.start_line,
        end_line=action.end_line,
        new_name=action.method_name,
    )
    return await _made(action, context, found, f"Extracted {action.method_name}")


async def inline_variable(action: InlineVariable, context: ActionContext) -> ActionResult:
    """Puts a variable's value in its place."""
    found = await analyse(context, action.name, action.path, symbol=action.variable_name, line=action.line)
    return await _made(
        action, context, found, f"Inlined {action.variable_name} in {found.count} places", count=found.count
    )


async def add_log(action: AddLog, context: ActionContext) -> ActionResult:
    """Logs before a statement."""
    found = await analyse(
        context, action.name, action.path, line=action.line, text=action.log_message, level=action.log_level
    )
    return await _made(action, context, found, "Added a log statement", statement=found.facts.get("statement"))


async def add_breakpoint(action: AddBreakpoint, context: ActionContext) -> ActionResult:
    """Stops before a statement, for whoever runs it in a terminal."""
    found = await analyse(context, action.name, action.path, line=action.line, text=action.condition)
    found.notes.append("Commands here have no terminal to debug in, so remove it before you finish.")
    return await _made(action, context, found, "Added a breakpoint", statement=found.facts.get("statement"))


async def _made(
    action: ActionModel, context: ActionContext, found: Analysis, message: str, **facts: Any
) -> ActionResult:
    made = await asyncio.to_thread(rewrite, context.workspace, found.changes)
    return executed(action, message, **facts, files=made.files, diff=made.diff, **remarks(found))


HANDLERS: Mapping[str, Any] = {
    "rename_symbol": rename_symbol,
    "extract_method": extract_method,
    "inline_variable": inline_variable,
    "add_log": add_log,
    "add_breakpoint": add_breakpoint,
}
