"""The dependency graph: what keeps a bead from being ready, and cycles. Pure; the ready query says the same in SQL."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

BLOCKS = "blocks"
WAITS_FOR = "waits-for"
PARENT_CHILD = "parent-child"
BLOCKING_BY_TARGET = (BLOCKS, "conditional-blocks")
"""Types whose target must be finished first."""
WAITING_TYPES = (*BLOCKING_BY_TARGET, WAITS_FOR)
BLOCKING_TYPES = (*WAITING_TYPES, PARENT_CHILD)
"""Types along which a cycle would leave beads waiting for themselves."""
ANY_CHILDREN = "any-children"


class Standing(Protocol):
    """What the graph needs to know of a bead."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def source_status(self) -> str: ...


class Edge(NamedTuple):
    """`bead_id` depends on `depends_on_id`."""

    bead_id: str
    depends_on_id: str
    type: str = BLOCKS
    gate: str = ""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing a bead waits for: the bead `bead_id`, which is in the way.

    `family` is whose child that is, where the wait is for somebody's children; `is_parent` says that it is the waiting
    bead's own parent, which is blocked.
    """

    bead_id: str
    family: str = ""
    is_parent: bool = False


def is_over(bead: Standing) -> bool:
    """Whether a bead stands in nobody's way and needs nobody: finished, deleted or pinned to the board."""
    return bead.status == "done" or bead.source_status == "pinned"


def is_finished(bead: Standing) -> bool:
    """Whether the bead was done, which one that was deleted was not."""
    return bead.status == "done" and bead.source_status != "tombstone"


def shown_status(bead: Standing) -> str:
    """The status a person knows the bead by."""
    return bead.source_status or bead.status


def blockers(beads: Iterable[Standing], edges: Iterable[Edge]) -> dict[str, list[Blocker]]:
    """What each blocked bead waits for; beads that wait for nothing are absent.

    A target that is not among `beads` blocks nobody. A blocked parent blocks its children; an open one does not.
    """
    known = {bead.id: bead for bead in beads}
    children: dict[str, list[str]] = defaultdict(list)
    waiting: list[Edge] = []
    for edge in edges:
        if edge.type == PARENT_CHILD:
            children[edge.depends_on_id].append(edge.bead_id)
        elif edge.type in WAITING_TYPES:
            waiting.append(edge)
    found: dict[str, list[Blocker]] = defaultdict(list)
    for edge in waiting:
        bead = known.get(edge.bead_id)
        if bead is not None and not is_over(bead):
            found[edge.bead_id].extend(_in_the_way(edge, known, children))
    direct = {bead_id: reasons for bead_id, reasons in found.items() if reasons}
    return _inherited(direct, known, children)


def _in_the_way(edge: Edge, known: Mapping[str, Standing], children: Mapping[str, list[str]]) -> list[Blocker]:
    if edge.type == WAITS_FOR:
        return _unfinished_children(edge, known, children)
    target = known.get(edge.depends_on_id)
    if target is None or is_over(target):
        return []
    return [Blocker(target.id)]


def _unfinished_children(edge: Edge, known: Mapping[str, Standing], children: Mapping[str, list[str]]) -> list[Blocker]:
    family = [known[child] for child in children.get(edge.depends_on_id, ()) if child in known]
    if edge.gate == ANY_CHILDREN and any(is_finished(child) for child in family):
        return []
    return [Blocker(child.id, family=edge.depends_on_id) for child in family if not is_over(child)]


def _inherited(
    direct: dict[str, list[Blocker]], known: Mapping[str, Standing], children: Mapping[str, list[str]]
) -> dict[str, list[Blocker]]:
    """Adds to `direct` what unfinished children inherit, generation by generation, from blocked parents."""
    result = {bead_id: list(reasons) for bead_id, reasons in direct.items()}
    queue = deque(direct)
    while queue:
        parent = queue.popleft()
        for child_id in children.get(parent, ()):
            child = known.get(child_id)
            if child is None or is_over(child):
                continue
            if child_id not in result:
                result[child_id] = []
                queue.append(child_id)
            result[child_id].append(Blocker(parent, is_parent=True))
    return result


def find_cycle(edges: Iterable[Edge], new_edge: Edge) -> list[str] | None:
    """The cycle `new_edge` would close, as [a, b, …, a] along "depends on"; None when it closes none.

    Only types that keep a bead waiting count; among those the shortest way round is named.
    """
    start, goal = new_edge.depends_on_id, new_edge.bead_id
    if new_edge.type not in BLOCKING_TYPES:
        return None
    if start == goal:
        return [goal, goal]
    ahead: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.type in BLOCKING_TYPES:
            ahead[edge.bead_id].append(edge.depends_on_id)
    path = shortest_path(ahead, start, goal)
    return [goal, *path] if path else None


def shortest_path(ahead: Mapping[str, list[str]], start: str, goal: str) -> list[str] | None:
    """The beads from `start` to `goal`, both included, by the fewest steps; None when there is no way."""
    came_from: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue:
        at = queue.popleft()
        if at == goal:
            return _trail(came_from, goal)
        for after in ahead.get(at, ()):
            if after not in came_from:
                came_from[after] = at
                queue.append(after)
    return None


def _trail(came_from: Mapping[str, str], goal: str) -> list[str]:
    path = [goal]
    while came_from[path[-1]]:
        path.append(came_from[path[-1]])
    return path[::-1]
