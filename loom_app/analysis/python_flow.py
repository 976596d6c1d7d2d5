"""Which variables some lines of Python need and which they set."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from loom_app.analysis.python_tree import blocks

LOOPS = (ast.For, ast.AsyncFor, ast.While)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bound(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that are set in these nodes, not counting those of inner functions and comprehensions."""
    return {name for node in _own(nodes) for name in _sets(node)}


def loaded(nodes: Iterable[ast.AST]) -> set[str]:
    """The names of their surroundings that nodes read, by inner functions too."""
    return {name for node in nodes for name in reads(node)}


def reads(node: ast.AST) -> set[str]:
    """The names of its surroundings that a node reads."""
    if isinstance(node, ast.Name):
        return set() if isinstance(node.ctx, ast.Store) else {node.id}
    if isinstance(node, _COMPREHENSIONS):
        first, *others = node.generators
        inner = loaded(
            [*others, *first.ifs, *(getattr(node, part) for part in ("elt", "key", "value") if hasattr(node, part))]
        )
        return reads(first.iter) | (inner - {name for part in node.generators for name in bound([part.target])})
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        body = node.body if isinstance(node.body, list) else [node.body]
        outside = [child for child in _own([node]) if child is not node]
        own = {child.arg for child in ast.walk(node.args) if isinstance(child, ast.arg)} | bound(body)
        return _named(outside) | (loaded(body) - own) | _nonlocal(body)
    found = loaded(ast.iter_child_nodes(node))
    return found | set(_sets(node.target)) if isinstance(node, ast.AugAssign) else found


def _named(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)}


def _nonlocal(body: Iterable[ast.AST]) -> set[str]:
    """What inner functions set in the functions around them."""
    return {name for node in _own(body) if isinstance(node, ast.Nonlocal) for name in node.names}


def needed(statements: Sequence[ast.stmt], known: frozenset[str] = frozenset()) -> tuple[set[str], frozenset[str]]:
    """What is read before these statements have surely set it, and what they have surely set at their end."""
    needs: set[str] = set()
    for statement in statements:
        more, known = _of_one(statement, known)
        needs |= more
    return needs, known


def before(way: Sequence[ast.AST]) -> tuple[frozenset[str], set[str]]:
    """What is surely set, and what may be, where the last node of a way down from a function or module begins."""
    sure = frozenset(parameters(way[0]))
    maybe = set(sure)
    for above, node in pairwise(way):
        block = next(block for block in blocks(above) if node in block)
        preceding = block[: block.index(node)]  # type: ignore[arg-type]
        head = [child for child in ast.iter_child_nodes(above) if not isinstance(child, ast.stmt)]
        if isinstance(above, ast.For | ast.AsyncFor | ast.With | ast.AsyncWith | ast.If | ast.While):
            sure |= bound(head) if block is getattr(above, "body", None) else set()
        if isinstance(above, (*LOOPS, ast.Try, ast.TryStar, ast.Match)):
            maybe |= bound([above])
        maybe |= bound(preceding) | sure
        sure = needed(preceding, sure)[1]
    return sure, maybe


def parameters(node: ast.AST) -> set[str]:
    """The names of a function's parameters."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return set()
    return {child.arg for child in ast.walk(node.args) if isinstance(child, ast.arg)}


def _of_one(node: ast.stmt, known: frozenset[str]) -> tuple[set[str], frozenset[str]]:
    if isinstance(node, ast.If):
        needs = reads(node.test) - known
        known = known | bound([node.test])
        one, after_one = needed(node.body, known)
        two, after_two = needed(node.orelse, known)
        return needs | one | two, after_one & after_two
    if isinstance(node, ast.For | ast.AsyncFor):
        inner, _ = needed(node.body, known | bound([node.target]))
        other, _ = needed(node.orelse, known)
        return ((reads(node.iter) | reads(node.target)) - known) | inner | other, known
    if isinstance(node, ast.With | ast.AsyncWith):
        needs = set()
        for item in node.items:
            needs |= reads(item) - known
            known = known | bound([item])
        inner, known = needed(node.body, known)
        return needs | inner, known
    if isinstance(node, ast.While | ast.Try | ast.TryStar | ast.Match):
        return _of_unsure(node, known)
    return reads(node) - known, known | bound([node])


def _of_unsure(node: ast.stmt, known: frozenset[str]) -> tuple[set[str], frozenset[str]]:
    """Of what may run in part: nothing in it is sure for what follows, and little for its own parts."""
    needs: set[str] = set()
    for field, value in ast.iter_fields(node):
        if field in ("handlers", "cases"):
            for part in value:
                headers = [child for child in ast.iter_child_nodes(part) if not isinstance(child, ast.stmt)]
                inner, _ = needed(part.body, known | bound([part]) - bound(part.body))
                needs |= inner | ({name for header in headers for name in reads(header)} - known - bound(headers))
        elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            inner, _ = needed(value, known)
            needs |= inner
        elif isinstance(value, ast.AST):
            needs |= reads(value) - known
    return needs, known


def _own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of this scope: inner functions and classes only by their name, defaults and decorators."""
    ahead = list(nodes)
    while ahead:
        node = ahead.pop()
        yield node
        if isinstance(node, SCOPES):
            ahead += [*getattr(node, "decorator_list", []), *getattr(node, "bases", [])]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                ahead += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif isinstance(node, _COMPREHENSIONS):
            ahead.append(node.generators[0].iter)
            ahead += [inner for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)]
        else:
            ahead += ast.iter_child_nodes(node)


def _sets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
