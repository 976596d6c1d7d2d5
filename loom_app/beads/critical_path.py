"""The critical path: the longest chain of unfinished work, in minutes. Pure.

Every bead begins and ends. It begins after what it waits for has ended and not before its parent may begin; a parent
ends after its children. A bead with unfinished children has no work of its own: it is carried by them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import NamedTuple, Protocol

from loom_app.beads.graph import BLOCKING_BY_TARGET, PARENT_CHILD, WAITS_FOR, Standing, is_over

DEFAULT_MINUTES = 60
"""What a bead counts for where none has an estimate; else it is the median of the estimates there are."""


class Work(Standing, Protocol):
    """What the critical path needs to know of a bead."""

    @property
    def estimated_time(self) -> int | None: ...


class Link(Protocol):
    """`bead_id` depends on `depends_on_id`."""

    @property
    def bead_id(self) -> str: ...
    @property
    def depends_on_id(self) -> str: ...
    @property
    def type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The beads of the chain in the order of their work. A parent stands in it where the chain leads through it."""

    ids: list[str]
    minutes: int
    assumed_minutes: int
    """What a bead without an estimate counts for."""


class _Length(NamedTuple):
    """Longer is more minutes, then more beads to be worked on."""

    minutes: int
    beads: int


NOTHING = _Length(0, 0)


def critical_path(beads: Iterable[Work], links: Iterable[Link]) -> CriticalPath:
    """The longest chain among those of `beads` that are not over; of several the one whose ids come first.

    Links to beads that are not among them say nothing. Where beads wait for each other, one link of the circle is
    left out, always the same one.
    """
    todo = sorted((bead for bead in beads if not is_over(bead)), key=lambda bead: bead.id)
    estimates = [bead.estimated_time for bead in todo if bead.estimated_time is not None]
    assumed = median_low(estimates) if estimates else DEFAULT_MINUTES
    rank = {bead.id: place for place, bead in enumerate(todo)}
    inside = [link for link in links if link.bead_id in rank]
    children = _children(inside)
    own = [
        NOTHING if bead.id in children else _Length(assumed if bead.estimated_time is None else bead.estimated_time, 1)
        for bead in todo
    ]
    length, following = _longest(_after(rank, inside, children), own)
    begins = [2 * place for place, work in enumerate(own) if work.beads]
    if not begins:
        return CriticalPath([], 0, assumed)
    first = max(begins, key=length.__getitem__)
    return CriticalPath([todo[place].id for place in _chain(first, following)], length[first].minutes, assumed)


def _children(links: Sequence[Link]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for link in links:
        if link.type == PARENT_CHILD and link.bead_id != link.depends_on_id:
            found[link.depends_on_id].append(link.bead_id)
    return dict(found)


def _after(rank: Mapping[str, int], links: Sequence[Link], children: Mapping[str, Sequence[str]]) -> list[list[int]]:
    """What follows each moment at the earliest. Moment 2n is when bead n begins, 2n + 1 when it ends."""
    after: list[list[int]] = [[] if moment % 2 else [moment + 1] for moment in range(2 * len(rank))]
    for link in links:
        here, there = 2 * rank[link.bead_id], 2 * rank.get(link.depends_on_id, -1)
        if link.type == WAITS_FOR:
            for child in children.get(link.depends_on_id, ()):
                after[2 * rank[child] + 1].append(here)
        elif there >= 0 and link.type in BLOCKING_BY_TARGET:
            after[there + 1].append(here)
        elif there >= 0 and link.type == PARENT_CHILD:
            after[there].append(here)
            after[here + 1].append(there + 1)
    for moments in after:
        moments.sort()
    return after


def _longest(after: Sequence[Sequence[int]], own: Sequence[_Length]) -> tuple[list[_Length], dict[int, int]]:
    """How long the longest chain from each moment on is, and which moment follows on it."""
    length: list[_Length | None] = [None] * len(after)
    following: dict[int, int] = {}
    for moment in _last_first(after):
        best = NOTHING
        for next_ in after[moment]:
            ahead = length[next_]
            if ahead is not None and ahead > best:
                best, following[moment] = ahead, next_
        step = NOTHING if moment % 2 else own[moment // 2]
        length[moment] = _Length(best.minutes + step.minutes, best.beads + step.beads) if step.beads else best
    return [found or NOTHING for found in length], following


def _last_first(after: Sequence[Sequence[int]]) -> Iterator[int]:
    """Every moment after all that follow it, as far as that is possible; without recursion so that long chains do."""
    seen = [False] * len(after)
    for root in range(len(after)):
        if seen[root]:
            continue
        seen[root] = True
        trail = [(root, iter(after[root]))]
        while trail:
            at, following = trail[-1]
            for next_ in following:
                if not seen[next_]:
                    seen[next_] = True
                    trail.append((next_, iter(after[next_])))
                    break
            else:
                trail.pop()
                yield at


def _chain(first: int, following: Mapping[int, int]) -> list[int]:
    """The beads along the chain from the moment `first` on, each once."""
    moments = [first]
    while moments[-1] in following:
        moments.append(following[moments[-1]])
    return list(dict.fromkeys(moment // 2 for moment in moments))
