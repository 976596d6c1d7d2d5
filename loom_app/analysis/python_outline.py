"""The public names of a Python file, with what their docstrings say."""

import ast

from loom_app.analysis.answers import Answer
from loom_app.analysis.asked import Asked
from loom_app.analysis.outlined import MAX_SIGNATURE, Entry, told
from loom_app.analysis.python_tree import Scope, parsed
from loom_app.analysis.sources import PYTHON, collect


def outline(asked: Asked) -> Answer:
    """The outline of a Python file, by its docstrings."""
    source = collect(asked.path, PYTHON).files[asked.path]
    entries: list[Entry] = [("module", asked.path, 1, _first(ast.get_docstring(parsed(source))), 0)]
    ahead: list[tuple[ast.stmt, str, int]] = [(node, "", 0) for node in parsed(source).body]
    while ahead:
        node, owner, depth = ahead.pop(0)
        if not isinstance(node, Scope) or (node.name.startswith("_") and node.name != "__init__"):
            continue
        if node.name != "__init__" or ast.get_docstring(node):
            entries.append((owner + node.name, _signature(node), node.lineno, _first(ast.get_docstring(node)), depth))
        if isinstance(node, ast.ClassDef):
            ahead = [(child, f"{owner}{node.name}.", depth + 1) for child in node.body] + ahead
    return told(asked, entries)


def _signature(node: Scope) -> str:
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in [*node.bases, *node.keywords])
        return f"class {node.name}{f'({bases})' if bases else ''}"[:MAX_SIGNATURE]
    before = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{before} {node.name}({ast.unparse(node.args)}){returns}"[:MAX_SIGNATURE]


def _first(text: str | None) -> str:
    return " ".join((text or "").strip().split("\n\n")[0].split())[:MAX_SIGNATURE]
