"""Putting a statement before another in Python: a message for the log, or a place at which a debugger stops."""

import ast
import json
import re

from loom_app.analysis.answers import Answer
from loom_app.analysis.asked import Asked
from loom_app.analysis.python_tree import blocks, first_line, parsed, path_to
from loom_app.analysis.sources import PYTHON, Refused, Source, Splice, collect

_LOGGER = re.compile(r"^(?:_?logger|_?log|LOG|LOGGER)$")


def log(asked: Asked) -> Answer:
    """The change that logs a message before a statement: by the module's own logger, or by `logging`."""
    source = collect(asked.path, PYTHON).files[asked.path]
    top = parsed(source)
    name = _logger(top)
    call = f"{name or 'logging'}.{asked.level}({json.dumps(asked.text, ensure_ascii=False)})"
    splices = [_before(source, top, asked, call)]
    if name is None and not _imports(top, "logging"):
        splices.append(_import(source, top, "import logging"))
    return _python(source, splices, call)


def pause(asked: Asked) -> Answer:
    """The change that stops in the debugger before a statement."""
    source = collect(asked.path, PYTHON).files[asked.path]
    top = parsed(source)
    call = "breakpoint()"
    if asked.text:
        _check_condition(asked.text)
        call = f"if {asked.text}:\n{_unit(source)}breakpoint()"
    return _python(source, [_before(source, top, asked, call)], call)


def _python(source: Source, splices: list[Splice], call: str) -> Answer:
    parsed(source, source.changed(splices))
    return Answer("meaning", changes=[source.change(splices)], facts={"statement": call})


def _check_condition(text: str) -> None:
    try:
        ast.parse(text, mode="eval")
        fits = "\n" not in text
    except (SyntaxError, ValueError):
        fits = False
    if not fits:
        raise Refused(f"{text!r} is no expression of Python on one line.", "bad_condition")


def _before(source: Source, top: ast.Module, asked: Asked, statement: str) -> Splice:
    """Before the statement to which a line belongs, or the next one of its block."""
    line = _next(source, top, asked.line or 0)
    text = source.lines[line - 1]
    indentation = text[: len(text) - len(text.lstrip())]
    put = "".join(f"{indentation}{part}\n" for part in statement.split("\n"))
    return source.offset(line, 1), source.offset(line, 1), put


def _next(source: Source, top: ast.Module, line: int) -> int:
    way = path_to(top, line)
    while True:
        node = way[-1]
        after = (
            [child for block in blocks(node) for child in block if first_line(child) >= line] if blocks(node) else []
        )
        inside = isinstance(node, ast.Module) or line > _header_end(node)
        if inside and blocks(node):
            return _ready(source, top, _after_doc(node, after, line, asked_in=source))
        if not isinstance(node, ast.stmt):
            raise _nothing(source, line)
        target = _after_doc(way[-2], [*_from(way[-2], node)], line, asked_in=source)
        return _ready(source, top, target)


def _header_end(node: ast.AST) -> int:
    """The last line of a compound statement's head."""
    bodies = blocks(node)
    first = min((first_line(block[0]) for block in bodies), default=0)
    return max(first - 1, getattr(node, "lineno", 0)) if bodies else 10**9


def _from(parent: ast.AST, node: ast.stmt) -> list[ast.stmt]:
    block = next(block for block in blocks(parent) if node in block)
    return block[block.index(node) :]


def _after_doc(parent: ast.AST, following: list[ast.stmt], line: int, asked_in: Source) -> ast.stmt:
    """The first of the statements that is neither a docstring nor must stand first in its file."""
    body = getattr(parent, "body", [])
    for child in following:
        doc = (
            isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant) and isinstance(child.value.value, str)
        )
        if doc and body and child is body[0]:
            continue
        if isinstance(child, ast.ImportFrom) and child.module == "__future__":
            continue
        return child
    raise _nothing(asked_in, line)


def _ready(source: Source, top: ast.Module, statement: ast.stmt) -> int:
    """The line of the first statement that has a line to begin on: not `if x: y`, not `elif`, not after a `;`."""
    line = first_line(statement)
    for _ in range(100):
        text = source.lines[line - 1].lstrip()
        way = path_to(top, line)
        starting = [node for node in way if isinstance(node, ast.stmt) and first_line(node) == line]
        if starting and not text.startswith("elif"):
            first = starting[0]
            lead = source.lines[line - 1][: first.col_offset] if first.lineno == line else ""
            if not lead.strip():
                return line
        outer = [node for node in way if isinstance(node, ast.stmt) and first_line(node) < line]
        if not outer:
            return line
        line = first_line(outer[-1])
    return line


def _nothing(source: Source, line: int) -> Refused:
    return Refused(
        f"Line {line} of {source.path!r} (of {len(source.lines)}) belongs to no statement and none follows it in its "
        "block. Name the line of a statement.",
        "bad_lines",
    )


def _logger(top: ast.Module) -> str | None:
    """The name of the module's own logger."""
    for node in top.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call):
            made = ast.unparse(node.value.func).lower()
            if _LOGGER.match(node.targets[0].id) and "getlogger" in made.replace("_", ""):
                return node.targets[0].id
    return None


def _imports(top: ast.Module, module: str) -> bool:
    return any(
        isinstance(node, ast.Import) and any(alias.name == module and not alias.asname for alias in node.names)
        for node in top.body
    )


def _import(source: Source, top: ast.Module, line: str) -> Splice:
    """Before the first import that is not of the future, or after the docstring."""
    first = next(
        (
            node
            for node in top.body
            if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__"
        ),
        None,
    )
    if first is not None:
        at = source.offset(first.lineno, 1)
        return at, at, f"{line}\n"
    last = 0
    for node in top.body:
        doc = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if not doc and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            break
        last = node.end_lineno or 0
    while (last == 0 and source.lines[0].startswith("#!")) or (0 < last < 2 and "coding" in source.lines[last][:20]):
        last += 1
        if last > 1:
            break
    at = source.offset(last + 1, 1) if last < len(source.lines) else len(source.text)
    return at, at, f"{line}\n"


def _unit(source: Source) -> str:
    return "\t" if any(line.startswith("\t") for line in source.lines) else "    "
