"""Python's own syntax trees, with positions in characters."""

import ast
import warnings
from functools import cache

from loom_app.analysis.sources import Refused, Source

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.ClassDef
Block = Scope | ast.Module


def parsed(source: Source, text: str | None = None) -> ast.Module:
    """The tree of a file, or of what is to become of it; not to be changed. Raises Refused where it does not parse."""
    try:
        return _tree(source.text if text is None else text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        if text is None:
            where = f" in line {line}" if line else ""
            raise Refused(
                f"{source.path!r} has a syntax error{where}: {_reason(error)}. Repair it first.", "syntax_error"
            ) from None
        raise Refused(
            f"{source.path!r} would no longer parse (line {line}: {_reason(error)}); nothing was changed. "
            "Make the change with edit_code.",
            "would_not_parse",
        ) from None


@cache
def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def column_of(source: Source, line: int, column: int) -> int:
    """A column of the tree, which counts bytes, in characters from 0."""
    return len(source.lines[line - 1].encode()[:column].decode(errors="replace"))


def span(source: Source, node: ast.expr | ast.stmt) -> tuple[int, int]:
    """The offsets between which a node stands."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    start = source.offset(node.lineno, column_of(source, node.lineno, node.col_offset) + 1)
    return start, source.offset(node.end_lineno, column_of(source, node.end_lineno, node.end_col_offset) + 1)


def first_line(node: ast.stmt) -> int:
    """Where a statement begins, with its decorators."""
    decorators = node.decorator_list if isinstance(node, Scope) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def keywords(source: Source, word: str) -> list[tuple[int, int]]:
    """Line and column (from 0) of every argument that is given by this name; none in a file that does not parse."""
    try:
        tree = parsed(source)
    except Refused:
        return []
    found = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == word]
    return [(node.lineno, column_of(source, node.lineno, node.col_offset)) for node in found]


def blocks(node: ast.AST) -> list[list[ast.stmt]]:
    """The lists of statements directly inside a node."""
    found = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
    inner = [*getattr(node, "handlers", []), *getattr(node, "cases", [])]
    return [block for block in found if isinstance(block, list) and block] + [part.body for part in inner]


def path_to(tree: ast.Module, line: int) -> list[ast.AST]:
    """The nodes with statements in them, from the module down, whose lines hold this one."""
    way: list[ast.AST] = [tree]
    while True:
        inside = [
            child
            for block in blocks(way[-1])
            for child in block
            if first_line(child) <= line <= (child.end_lineno or 0)
        ]
        if not inside:
            return way
        way.append(inside[0])


def _reason(error: Exception) -> str:
    return str(getattr(error, "msg", None) or error)
