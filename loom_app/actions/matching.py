"""Finds a piece of text in a file although it was quoted inexactly: five tiers, from exact to anchored by its ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Strategy = Literal["exact", "line_trimmed", "whitespace_normalized", "indentation_flexible", "block_anchor"]

_SIMILAR = 0.7
"""How alike the lines between the anchors must be, from 0 to 1."""
_MAX_ANCHORED = 400
_MAX_CANDIDATES = 40


@dataclass(frozen=True)
class Block:
    """Lines `start` to `end` (from 0, end excluded) of a file."""

    start: int
    end: int


def indentation(line: str) -> str:
    """The white space a line begins with."""
    return line[: len(line) - len(line.lstrip())]


def _trimmed(line: str) -> str:
    return line.rstrip()


def _normalized(line: str) -> str:
    return indentation(line) + " ".join(line.split()) if line.strip() else ""


def _flexible(line: str) -> str:
    return " ".join(line.split())


LINE_TIERS: Sequence[tuple[Strategy, Callable[[str], str]]] = (
    ("line_trimmed", _trimmed),
    ("whitespace_normalized", _normalized),
    ("indentation_flexible", _flexible),
)
"""Each tier compares lines by what it makes of them: trailing space, inner space, and all space left out."""


def occurrences(lines: Sequence[str], wanted: Sequence[str], most: int = 6) -> list[int]:
    """The first lines at which `wanted` stands, overlaps included. One text search, so linear."""
    text, piece = "\n" + "\n".join(lines) + "\n", "\n" + "\n".join(wanted) + "\n"
    found: list[int] = []
    line, passed = 0, 0
    position = text.find(piece)
    while position >= 0 and len(found) < most:
        line += text.count("\n", passed, position)
        passed = position
        found.append(line)
        position = text.find(piece, position + 1)
    return found


def find_lines(lines: Sequence[str], wanted: Sequence[str]) -> tuple[Strategy, list[Block]] | None:
    """Where `wanted` stands in `lines`, by the first tier that finds it at all; None when no tier does."""
    for strategy, key in LINE_TIERS:
        starts = occurrences([key(line) for line in lines], [key(line) for line in wanted])
        if starts:
            return strategy, [Block(start, start + len(wanted)) for start in starts]
    blocks = _anchored(lines, wanted)
    return ("block_anchor", blocks) if blocks else None


def _anchored(lines: Sequence[str], wanted: Sequence[str]) -> list[Block]:
    """Blocks whose first and last line are those wanted, about as long, and much alike in between."""
    if not 3 <= len(wanted) <= _MAX_ANCHORED:
        return []
    keys, sought = [_flexible(line) for line in lines], [_flexible(line) for line in wanted]
    slack = max(2, len(sought) // 4)
    firsts = [at for at, key in enumerate(keys) if key == sought[0]]
    candidates = [
        Block(first, last + 1)
        for first in firsts[:_MAX_CANDIDATES]
        for last in range(max(first + 2, first + len(sought) - 1 - slack), min(len(keys), first + len(sought) + slack))
        if keys[last] == sought[-1]
    ]
    scored = [(_likeness(keys[b.start + 1 : b.end - 1], sought[1:-1]), b) for b in candidates[:_MAX_CANDIDATES]]
    return _best_apart(sorted((pair for pair in scored if pair[0] >= _SIMILAR), key=lambda pair: -pair[0]))


def _best_apart(scored: Sequence[tuple[float, Block]]) -> list[Block]:
    """The best block and every other good one that does not overlap it: two of them are two meanings."""
    if not scored:
        return []
    best = scored[0][1]
    others = [block for _, block in scored[1:] if block.end <= best.start or block.start >= best.end]
    return sorted([best, *others], key=lambda block: block.start)


def _likeness(found: Sequence[str], wanted: Sequence[str]) -> float:
    """The share of lines that agree; a line that was changed counts by how much of it is the same."""
    agreed = 0.0
    for kind, a, b, c, d in SequenceMatcher(None, found, wanted, autojunk=False).get_opcodes():
        if kind == "equal":
            agreed += b - a
        elif kind == "replace":
            agreed += sum(_alike(one, other) for one, other in zip(found[a:b], wanted[c:d], strict=False))
    return agreed / max(len(found), len(wanted), 1)


def _alike(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one[:300], other[:300], autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() > 0.5 else 0.0
