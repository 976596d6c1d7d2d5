"""Putting a variable's value where the variable is used, in Python."""

import ast

from loom_app.analysis.answers import Answer, Place, some
from loom_app.analysis.asked import Asked
from loom_app.analysis.python_flow import SCOPES, bound, loaded
from loom_app.analysis.python_names import Copy, meanings, meant, starts
from loom_app.analysis.python_tree import blocks, parsed, path_to, span
from loom_app.analysis.sources import PYTHON, Refused, Source, Splice, collect

_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.comprehension, *SCOPES)
_ACTING = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_SHARED = (ast.Attribute, ast.Subscript)
_CLOSED = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.JoinedStr)


def inline(asked: Asked) -> Answer:
    """The change that writes a variable's value where it is used and removes the variable."""
    copy = Copy(collect(asked.path, PYTHON))
    groups = meanings(copy, asked.path, starts(copy, asked.path, asked.symbol, asked.line, asked.column))
    if len(groups) > 1:
        where = some(place for group in groups for place in meant(copy, group) if place.kind)
        raise Refused(f"{asked.symbol!r} means several things, at {where}. Say which by line.", "symbol_ambiguous")
    known = meant(copy, groups[0])
    defined, used = [place for place in known if place.kind], [place for place in known if not place.kind]
    if len(defined) != 1 or any(place.path != asked.path for place in known):
        raise Refused(
            f"{asked.symbol!r} is set at {some(defined) or 'no place that is known'} and used at "
            f"{some(used) or 'none'}; only what is set once and used in the same file is inlined. Use edit_code.",
            "not_inlinable",
        )
    if not used:
        raise Refused(f"{asked.symbol!r} is used nowhere; delete its line with edit_code.", "not_inlinable")
    source = copy.sources.files[asked.path]
    tree = parsed(source)
    statement, value = _assignment(tree, defined[0])
    _check(source, tree, statement, value, used)
    splices = [_removal(source, tree, statement), *(_use(source, place, asked.word, value) for place in used)]
    _prove(source, statement, value, asked.word, parsed(source, source.changed(splices)), len(used))
    return Answer("meaning", places=used, changes=[source.change(splices)])


def _assignment(tree: ast.Module, place: Place) -> tuple[ast.Assign | ast.AnnAssign, ast.expr]:
    statement = path_to(tree, place.line)[-1]
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    value = getattr(statement, "value", None)
    single = (
        isinstance(statement, ast.Assign | ast.AnnAssign) and len(targets) == 1 and isinstance(targets[0], ast.Name)
    )
    if not single or value is None:
        raise Refused(
            f"Line {place.line} is not of the form NAME = VALUE: {place.text!r}. Only that can be inlined.",
            "not_inlinable",
        )
    assert isinstance(statement, ast.Assign | ast.AnnAssign)
    return statement, value


def _check(source: Source, tree: ast.Module, statement: ast.stmt, value: ast.expr, used: list[Place]) -> None:
    """Refuses where the value would be another, or be worked out at another time or another number of times."""
    way = path_to(tree, statement.lineno)
    scope = next((node for node in reversed(way[:-1]) if isinstance(node, SCOPES)), tree)
    block = next(block for block in blocks(way[-2]) if statement in block)
    following = block[block.index(statement) + 1 :]
    last = max(place.line for place in used)
    between = [node for node in following if node.lineno <= last]
    if (
        any(place.line <= (statement.end_lineno or 0) for place in used)
        or not between
        or (between[-1].end_lineno or 0) < last
    ):
        raise Refused(
            "It is used before it is set, or outside of the block that sets it. Use edit_code.", "not_inlinable"
        )
    if changed := bound(between) & loaded([value]):
        raise Refused(f"{', '.join(sorted(changed))} in its value is set anew before the last use.", "not_inlinable")
    acts = _acts(value, between)
    at_once = len(used) == 1 and not _acts_before(source, following[0], used[0])
    repeated = [node for top in between for node in ast.walk(top) if isinstance(node, _LOOPS) and _holds(node, used)]
    if acts and (not at_once or repeated):
        raise Refused(
            "Its value is a call, and would be worked out at another time or more often than once. Use edit_code.",
            "not_inlinable",
        )
    if isinstance(scope, ast.ClassDef) or any(isinstance(node, SCOPES) for node in repeated):
        raise Refused("It is used by an inner function or is part of a class. Use edit_code.", "not_inlinable")
    if not acts and not isinstance(value, ast.Constant | ast.Name) and len(used) > 1 and _makes(value):
        raise Refused("Its value is made anew at each place, where now all share one. Use edit_code.", "not_inlinable")


def _acts(value: ast.expr, between: list[ast.stmt]) -> bool:
    """Whether it matters when and how often the value is worked out."""
    parts = list(ast.walk(value))
    if any(isinstance(node, _ACTING) for node in parts):
        return True
    return any(isinstance(node, _SHARED) for node in parts) and any(
        isinstance(node, (*_ACTING, ast.AugAssign, ast.Delete))
        or (isinstance(node, _SHARED) and isinstance(node.ctx, ast.Store))
        for top in between
        for node in ast.walk(top)
    )


def _acts_before(source: Source, statement: ast.stmt, use: Place) -> bool:
    """Whether the use is not in this statement, or something else in it is worked out before."""
    if not statement.lineno <= use.line <= (statement.end_lineno or 0):
        return True
    at = source.offset(use.line, use.column)
    return any(isinstance(node, _ACTING) and span(source, node)[1] <= at for node in ast.walk(statement))


def _makes(value: ast.expr) -> bool:
    """Whether working it out makes a thing that can be changed."""
    kinds = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)
    return any(isinstance(node, kinds) for node in ast.walk(value))


def _holds(node: ast.AST, used: list[Place]) -> bool:
    if isinstance(node, ast.comprehension):
        return True
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    return any(first <= place.line <= last for place in used)


def _removal(source: Source, tree: ast.Module, statement: ast.stmt) -> Splice:
    """The lines of the statement; it must have them for itself, and not be the only one of its block."""
    way = path_to(tree, statement.lineno)
    block = next(block for block in blocks(way[-2]) if statement in block)
    first, last = statement.lineno, statement.end_lineno or 0
    start, end = span(source, statement)
    rest = source.lines[last - 1][end - source.offset(last, 1) :]
    alone = not source.lines[first - 1][: start - source.offset(first, 1)].strip() and rest.strip()[:1] in ("", "#")
    if not alone or len(block) < 2:
        raise Refused(f"Line {first} holds other statements as well; put each on a line of its own.", "not_inlinable")
    stop = source.offset(last, len(source.lines[last - 1]) + 1)
    return source.offset(first, 1), min(stop + 1, len(source.text)), ""


def _use(source: Source, place: Place, word: str, value: ast.expr) -> Splice:
    start, end = span(source, value)
    text = source.text[start:end]
    simple = isinstance(value, _CLOSED) or (
        isinstance(value, ast.Constant) and not isinstance(value.value, int | float | complex)
    )
    at = source.offset(place.line, place.column)
    return at, at + len(word), text if simple and "\n" not in text else f"({text})"


def _prove(source: Source, statement: ast.stmt, value: ast.expr, word: str, after: ast.Module, uses: int) -> None:
    """What comes out must be the tree with the value in place of the name, and without the statement."""
    put = _Put(statement, value, word)
    expected = put.generic_visit(ast.parse(source.text))
    if ast.dump(after) != ast.dump(expected) or put.count != uses:
        raise Refused(
            f"{word!r} cannot be inlined without changing what the code means. Use edit_code.", "not_inlinable"
        )


class _Put(ast.NodeTransformer):
    def __init__(self, statement: ast.stmt, value: ast.expr, word: str) -> None:
        self._where, self._value, self._word = (statement.lineno, statement.col_offset), value, word
        self.count = 0

    def visit(self, node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.stmt) and (node.lineno, node.col_offset) == self._where:
            return None
        if isinstance(node, ast.Name) and node.id == self._word and isinstance(node.ctx, ast.Load):
            self.count += 1
            return self._value
        return self.generic_visit(node)
