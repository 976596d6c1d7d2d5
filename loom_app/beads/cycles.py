"""All cycles of a graph at once, for files that arrive whole."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from loom_app.beads.graph import Edge, shortest_path


def find_cycles(edges: Iterable[Edge], types: Iterable[str]) -> list[list[str]]:
    """One cycle [a, b, …, a] for each knot of beads that wait for each other along `types`, by first id."""
    ahead: dict[str, list[str]] = defaultdict(list)
    wanted = frozenset(types)
    for edge in edges:
        if edge.type in wanted:
            ahead[edge.bead_id].append(edge.depends_on_id)
    return sorted(_round(ahead, knot) for knot in _Knots(ahead).found)


class _Knots:
    """The sets of beads each of which reaches every other of its set and itself.

    Tarjan 1972, "Depth-first search and linear graph algorithms", without recursion so that long chains do.
    """

    def __init__(self, ahead: Mapping[str, list[str]]) -> None:
        self._ahead = dict(ahead)
        self._order: dict[str, int] = {}
        self._low: dict[str, int] = {}
        self._stack: list[str] = []
        self._on_stack: set[str] = set()
        self.found: list[set[str]] = []
        for root in self._onward():
            if root not in self._order:
                self._search(root)

    def _onward(self) -> Iterator[str]:
        """Where a bead waits for a later one or itself, as happens in every round: one of the knot, for each knot."""
        place = {at: number for number, at in enumerate(self._ahead)}
        for number, following in enumerate(self._ahead.values()):
            for after in following:
                if place.get(after, -1) >= number:
                    yield after

    def _search(self, root: str) -> None:
        trail = [(root, self._enter(root))]
        while trail:
            at, following = trail[-1]
            after = next(following, None)
            if after is None:
                trail.pop()
                self._leave(at, trail[-1][0] if trail else None)
            elif after not in self._order:
                trail.append((after, self._enter(after)))
            elif after in self._on_stack:
                self._low[at] = min(self._low[at], self._order[after])

    def _enter(self, at: str) -> Iterator[str]:
        self._order[at] = self._low[at] = len(self._order)
        self._stack.append(at)
        self._on_stack.add(at)
        return iter(self._ahead.get(at, ()))

    def _leave(self, at: str, came_from: str | None) -> None:
        if came_from is not None:
            self._low[came_from] = min(self._low[came_from], self._low[at])
        if self._low[at] != self._order[at]:
            return
        knot: set[str] = set()
        while at not in knot:
            knot.add(self._stack.pop())
        self._on_stack -= knot
        if len(knot) > 1 or at in self._ahead.get(at, ()):
            self.found.append(knot)


def _round(ahead: Mapping[str, list[str]], knot: set[str]) -> list[str]:
    """A shortest way round `knot` from its first id back to it."""
    first = min(knot)
    inside = {at: [after for after in ahead.get(at, []) if after in knot] for at in knot}
    ways = (shortest_path(inside, after, first) for after in inside[first])
    return [first, *min((way for way in ways if way), key=len)]
