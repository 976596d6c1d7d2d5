"""Which variable a name in Python is, by the rules of scope: exact for names that stand alone, unlike any inference."""

import ast
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from loom_app.analysis.answers import Place, listed
from loom_app.analysis.python_flow import bound
from loom_app.analysis.python_tree import column_of, parsed, span
from loom_app.analysis.sources import Refused, Source, word_pattern

Spot = tuple[int, int]
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Scope:
    """A module, class, function or comprehension; `sets` tells whether the name is a variable of it."""

    key: int
    kind: str
    sets: bool
    declared: str = ""


def corrected(
    source: Source, word: str, places: Sequence[Place], leaves: Callable[[], Collection[Spot]]
) -> list[Place]:
    """Places of a file, with exactly the names standing alone that are the same variables as those defined there.

    `leaves` answers all places of the file where the word is a name.
    """
    try:
        tree = parsed(source)
    except Refused:
        return list(places)
    finder = _Finder(source, word, leaves)
    finder.module(tree)
    if finder.unsure:
        return list(places)
    kept = [place for place in places if (place.line, place.column) not in finder.found]
    meant = {
        finder.found[spot] for place in places if place.kind and (spot := (place.line, place.column)) in finder.found
    }
    kinds = {(place.line, place.column): place.kind for place in places}
    same = [spot for spot, key in finder.found.items() if key in meant]
    return listed([*kept, *(Place(source.path, *spot, source.shown(spot[0]), kinds.get(spot, "")) for spot in same)])


class _Finder:
    """Walks through a module once; `found` has the scope of the variable at each place where the name stands alone."""

    def __init__(self, source: Source, word: str, leaves: Callable[[], Collection[Spot]]) -> None:
        self._source, self._word, self._leaves = source, word, leaves
        self._lines = [number for number, line in enumerate(source.lines, 1) if word in line]
        self.unsure = False
        self.found: dict[Spot, int] = {}
        self._keys = 0

    def module(self, tree: ast.Module) -> None:
        self._all(tree.body, [self._scope("module", tree.body)])

    def _touched(self, node: ast.AST) -> bool:
        """Whether any of its lines holds the word at all."""
        if not isinstance(node, ast.stmt | ast.expr):
            return True
        first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", []))])
        at = bisect_left(self._lines, first)
        return at < len(self._lines) and self._lines[at] <= (node.end_lineno or 0)

    def _scope(self, kind: str, body: Sequence[ast.AST], names: Sequence[str] = ()) -> Scope:
        self._keys += 1
        said = [
            node for node in _inside(body) if isinstance(node, ast.Global | ast.Nonlocal) and self._word in node.names
        ]
        declared = type(said[0]).__name__ if said else ""
        return Scope(self._keys, kind, self._word in names or self._word in bound(body), declared)

    def _all(self, nodes: Sequence[ast.AST], chain: list[Scope]) -> None:
        for node in nodes:
            self._one(node, chain)

    def _one(self, node: ast.AST, chain: list[Scope]) -> None:
        if not self._touched(node):
            return
        for at in self._spots(node):
            self.found[self._source.place(at)] = _variable(chain)
        if isinstance(node, ast.JoinedStr):
            self._string(node, chain)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._function(node, chain)
        elif isinstance(node, ast.ClassDef):
            self._all([*node.decorator_list, *node.bases, *node.keywords], chain)
            self._all(node.body, [*chain, self._scope("class", node.body)])
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node, chain)
        else:
            self._all(list(ast.iter_child_nodes(node)), chain)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, chain: list[Scope]) -> None:
        arguments = [child for child in ast.walk(node.args) if isinstance(child, ast.arg)]
        outside = [
            *node.args.defaults,
            *filter(None, node.args.kw_defaults),
            *(child.annotation for child in arguments),
        ]
        self._all([part for part in (*outside, getattr(node, "returns", None)) if part], chain)
        self._all(getattr(node, "decorator_list", []), chain)
        body = node.body if isinstance(node.body, list) else [node.body]
        inner = [*chain, self._scope("function", body, [child.arg for child in arguments])]
        for child in arguments:
            if child.arg == self._word:
                line, column = child.lineno, column_of(self._source, child.lineno, child.col_offset) + 1
                self.found[line, column] = _variable(inner)
        self._all(body, inner)

    def _comprehension(self, node: ast.AST, chain: list[Scope]) -> None:
        parts: list[ast.comprehension] = getattr(node, "generators")  # noqa: B009
        names = [name for part in parts for name in bound([part.target])]
        self._one(parts[0].iter, chain)
        inner = [*chain, self._scope("comprehension", [], names)]
        for number, part in enumerate(parts):
            self._all([part.target, *part.ifs, *([part.iter] if number else [])], inner)
        self._all([child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.comprehension)], inner)

    def _string(self, node: ast.JoinedStr, chain: list[Scope]) -> None:
        """Before Python 3.12 the parts of such a string do not tell where they stand, so the leaves have to."""
        inside = list(ast.walk(node))
        count = sum(isinstance(child, ast.Name) and child.id == self._word for child in inside)
        if not count:
            return
        start, end = span(self._source, node)
        spots = [spot for spot in self._leaves() if start <= self._source.offset(*spot) < end]
        intricate = any(isinstance(child, (ast.Lambda, *_COMPREHENSIONS)) for child in inside)
        self.unsure = self.unsure or intricate or len(spots) != count
        self.found.update(dict.fromkeys(spots, _variable(chain)))

    def _spots(self, node: ast.AST) -> Iterator[int]:
        """The offsets at which this node itself, without those in it, has the name."""
        word = self._word
        if isinstance(node, ast.Name) and node.id == word:
            yield span(self._source, node)[0]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == word:
            start = self._source.offset(node.lineno, column_of(self._source, node.lineno, node.col_offset) + 1)
            yield self._words(start + 3, len(self._source.text))[0]
        elif isinstance(node, ast.Global | ast.Nonlocal) and word in node.names:
            yield from self._words(*span(self._source, node))
        elif isinstance(node, ast.alias) and (node.asname or node.name.partition(".")[0]) == word:
            found = self._words(*self._span(node))
            yield found[-1] if node.asname else found[0]
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name == word:
            start, end = self._span(node)
            stop = min((span(self._source, child)[0] for child in getattr(node, "body", [])), default=end)
            yield self._words(start, stop)[-1]
        elif isinstance(node, ast.MatchMapping) and node.rest == word:
            yield self._words(*self._span(node))[-1]

    def _span(self, node: ast.AST) -> tuple[int, int]:
        return span(self._source, node)  # type: ignore[arg-type]

    def _words(self, start: int, end: int) -> list[int]:
        return [match.start() for match in word_pattern(self._word).finditer(self._source.text, start, end)]


def _variable(chain: Sequence[Scope]) -> int:
    """The scope whose variable the name is where the chain of scopes ends."""
    *outer, here = chain
    if here.declared == "Global":
        return chain[0].key
    if here.sets and not here.declared:
        return here.key
    for scope in reversed(outer):
        if scope.kind in ("function", "comprehension") and scope.declared == "Global":
            return chain[0].key
        if scope.kind in ("function", "comprehension") and scope.sets and not scope.declared:
            return scope.key
    return chain[0].key


def _inside(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of one scope."""
    ahead = list(body)
    while ahead:
        node = ahead.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            ahead += ast.iter_child_nodes(node)
