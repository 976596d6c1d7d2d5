"""Dependencies that two sides each made in good faith and that together close a cycle. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from loom_app.beadfiles.itemwise import KINDS
from loom_app.beadfiles.jsonl import Line
from loom_app.beadfiles.jsontext import load, members, object_of
from loom_app.beadfiles.merge import Clash
from loom_app.beadfiles.record import read
from loom_app.beads.cycles import find_cycles
from loom_app.beads.graph import PARENT_CHILD, WAITING_TYPES, Edge

FIELD = "dependencies"


def untied(standing: Sequence[Edge], lines: Sequence[Line]) -> dict[str, tuple[Line, list[Clash]]]:
    """Those of `lines` that lose dependencies, with what they lose: new ones that close a cycle with `standing`."""
    known = {(edge.bead_id, edge.depends_on_id) for edge in standing}
    present = {line.record.id: line for line in lines}
    found: dict[str, tuple[Line, list[Clash]]] = {}
    while True:
        edges = [edge for edge in standing if edge.bead_id not in present]
        edges += [_edge(line, link) for line in present.values() for link in line.record.links]
        cycles = [*find_cycles(edges, WAITING_TYPES), *find_cycles(edges, [PARENT_CHILD])]
        steps = {(one, next_) for way in cycles for one, next_ in pairwise(way)}
        cut = [step for step in steps - known if step[0] in present]
        if not cut:
            return found
        for bead_id, target in cut:
            present[bead_id], clash = _without(present[bead_id], target)
            found[bead_id] = (present[bead_id], [*found.get(bead_id, (None, []))[1], clash])


def _without(line: Line, target: str) -> tuple[Line, Clash]:
    """The line without its dependency on `target`, and the clash that keeps it."""
    parts, kind = members(line.text), KINDS[FIELD]
    items = kind.items(parts.get(FIELD), {})
    theirs = items.pop(target, None)
    parts[FIELD] = kind.joined(items)
    text = object_of({key: value for key, value in parts.items() if value})
    return Line(line.number, read(load(text)), text), Clash(FIELD, target, None, None, theirs, "ours")


def _edge(line: Line, link: object) -> Edge:
    return Edge(line.record.id, link.depends_on_id, link.type, link.gate)  # type: ignore[attr-defined]
