"""How far the condensing of a run has come, and the next, harder ways, from the gentlest on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

NEWEST = 3
"""How many of the newest turns are told in full as long as anything older is left to condense."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Turns up to `condensed` are told as a summary within `room` bytes, those up to `shortened` in short.

    Of the turns up to `settled`, what something up to there has replaced is told in short. The marks only move on, and
    then by many turns at once, so that what is sent begins the same for many turns and providers can keep it.
    """

    condensed: int = 0
    shortened: int = 0
    settled: int = 0
    room: int = 0

    def as_json(self) -> dict[str, int]:
        """As stored."""
        return {"condensed": self.condensed, "shortened": self.shortened, "settled": self.settled, "room": self.room}


def marks_from(stored: Mapping[str, Any] | None) -> Marks:
    """The marks that were stored; those of a run that was never condensed where there are none."""
    known = stored or {}
    return Marks(*(int(known.get(name, 0)) for name in ("condensed", "shortened", "settled", "room")))


def harder(before: Marks, last: int) -> Iterator[Marks]:
    """The ways to tell less of the turns up to `last` than with `before`, each one telling less than the one before it.

    What was replaced goes first, then long results become short, then turns a summary; the newest ones come last, and
    the very newest is never told in short, for the next prompt would have to tell it differently.
    """
    for upto, end in ((last - NEWEST, last - NEWEST), (last - 1, last)):
        now = replace(before, settled=max(before.settled, upto))
        if now != before:
            yield now
        while now.shortened < upto:
            now = replace(now, shortened=now.shortened + 1)
            yield now
        while now.condensed < end:
            now = replace(now, condensed=now.condensed + 1, shortened=max(now.shortened, now.condensed + 1))
            yield now
        before = now
