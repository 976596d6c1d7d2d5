"""Classes above and below each other, and the methods that stand in for others."""

import ast
from collections.abc import Iterator

from loom_app.analysis.answers import Place, listed
from loom_app.analysis.python_names import Copy
from loom_app.analysis.python_tree import Function, column_of, parsed
from loom_app.analysis.sources import Refused, Source

MOST_CLASSES = 1_000
Found = tuple[str, ast.ClassDef]


def class_of(copy: Copy, place: Place) -> tuple[ast.ClassDef, str] | None:
    """The class that is defined at a place, with the name of its method there, or an empty name for itself."""
    for node in _classes(copy.sources.files[place.path]):
        if node.lineno == place.line and place.kind == "class":
            return node, ""
        for child in _methods(node):
            if child.lineno == place.line:
                return node, child.name
    return None


def overriding(copy: Copy, target: Place) -> list[Place]:
    """The classes below the one at a place, or their methods that stand in for the one there."""
    found = class_of(copy, target)
    if found is None:
        return []
    owner, method = found
    below: dict[tuple[str, int], ast.ClassDef] = {}
    ahead: list[Found] = [(target.path, owner)]
    while ahead:
        for path, node in _directly_below(copy, *ahead.pop()):
            if (path, node.lineno) not in below and len(below) < MOST_CLASSES:
                below[path, node.lineno] = node
                ahead.append((path, node))
    found_places = (_shown(copy.sources.files[path], node, method) for (path, _), node in below.items())
    return listed(filter(None, found_places))


def above(copy: Copy, target: Place) -> str | None:
    """The class above, in the project or not, that has the method at a place too."""
    found = class_of(copy, target)
    if found is None or not found[1]:
        return None
    owner, method = found
    ahead: list[Found] = [(target.path, owner)]
    seen: set[tuple[str, int]] = set()
    while ahead:
        path, node = ahead.pop()
        seen.add((path, node.lineno))
        for base in node.bases:
            _, line, column = _base(copy.sources.files[path], base)
            for name in copy.script(path).goto(line, column - 1, follow_imports=True):
                if name.type == "class" and any(inner.name == method for inner in name.defined_names()):
                    return str(name.full_name or name.name)
                at = copy.path(name)
                upper = (
                    next((found for found in _classes(copy.sources.files[at]) if found.lineno == name.line), None)
                    if at
                    else None
                )
                if at and upper and (at, upper.lineno) not in seen:
                    ahead.append((at, upper))
    return None


def _directly_below(copy: Copy, path: str, node: ast.ClassDef) -> Iterator[Found]:
    for source in copy.sources.holding(node.name):
        classes = _classes(source)
        names = {node.name, *_aliases(source, node.name)} if classes else set()
        for other in classes:
            if any(_last(base) in names and _leads(copy, source, base, (path, node.lineno)) for base in other.bases):
                yield source.path, other


def _leads(copy: Copy, source: Source, base: ast.expr, target: tuple[str, int]) -> bool:
    _, line, column = _base(source, base)
    found = copy.script(source.path).goto(line, column - 1, follow_imports=True)
    return any((copy.path(name), name.line) == target for name in found)


def _aliases(source: Source, name: str) -> list[str]:
    """What a file calls a name that it imports."""
    imports = (node for node in ast.walk(parsed(source)) if isinstance(node, ast.ImportFrom))
    return [alias.asname for node in imports for alias in node.names if alias.name == name and alias.asname]


def _last(base: ast.expr) -> str:
    base = base.value if isinstance(base, ast.Subscript) else base
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def _classes(source: Source) -> list[ast.ClassDef]:
    try:
        return [node for node in ast.walk(parsed(source)) if isinstance(node, ast.ClassDef)]
    except Refused:
        return []


def _methods(node: ast.ClassDef) -> list[Function]:
    return [child for child in node.body if isinstance(child, Function)]


def _base(source: Source, base: ast.expr) -> tuple[str, int, int]:
    """Where the name of a base stands: the last of a dotted one, and without its type parameters."""
    if isinstance(base, ast.Subscript):
        base = base.value
    line, column = base.lineno, column_of(source, base.lineno, base.col_offset)
    if isinstance(base, ast.Attribute) and base.end_lineno and base.end_col_offset:
        line = base.end_lineno
        column = column_of(source, line, base.end_col_offset) - len(base.attr)
    return source.path, line, column + 1


def _shown(source: Source, node: ast.ClassDef, method: str) -> Place | None:
    if not method:
        return _named(source, node, "class")
    own = next((child for child in _methods(node) if child.name == method), None)
    return _named(source, own, "method") if own else None


def _named(source: Source, node: ast.ClassDef | Function, kind: str) -> Place:
    start = column_of(source, node.lineno, node.col_offset)
    words = {"class": "class", "method": "def"}
    column = source.lines[node.lineno - 1].index(node.name, source.lines[node.lineno - 1].index(words[kind], start) + 3)
    return Place(source.path, node.lineno, column + 1, source.shown(node.lineno), kind)
