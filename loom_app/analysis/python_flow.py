"""Which variables some lines of Python need and which they set."""

import ast
from collections.abc import Iterable, Iterator, Sequence

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bound(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that are set in these nodes, not counting those of inner functions and comprehensions."""
    return {name for node in _own(nodes) for name in _sets(node)}


def loaded(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that are read in these nodes, by inner functions too."""
    return {
        node.id
        for top in nodes
        for node in ast.walk(top)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
    } | {
        name
        for top in nodes
        for node in ast.walk(top)
        if isinstance(node, ast.AugAssign)
        for name in _sets(node.target)
    }


def reads(node: ast.AST) -> set[str]:
    """The names of its surroundings that a node reads."""
    return loaded([node]) - _only_inner(node)


def needed(statements: Sequence[ast.stmt], known: frozenset[str] = frozenset()) -> tuple[set[str], frozenset[str]]:
    """What is read before these statements have surely set it, and what they have surely set at their end."""
    needs: set[str] = set()
    for statement in statements:
        more, known = _of_one(statement, known)
        needs |= more
    return needs, known


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


def _only_inner(node: ast.AST) -> set[str]:
    """Names that a function, lambda or comprehension in the statement sets for itself and nobody outside of it has."""
    own: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, _COMPREHENSIONS):
            own |= {name for part in inner.generators for target in ast.walk(part.target) for name in _sets(target)}
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            own |= {argument.arg for argument in ast.walk(inner.args) if isinstance(argument, ast.arg)}
            own |= bound(inner.body if isinstance(inner.body, list) else [inner.body])
    outside = {name.id for name in _own([node]) if isinstance(name, ast.Name) and not isinstance(name.ctx, ast.Store)}
    return own - outside


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
