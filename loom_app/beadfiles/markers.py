"""Bead files that a merge left half done: both sides between git's conflict markers. Pure."""

from loom_app.beadfiles.keys import CONFLICT_MARKERS
from loom_app.beadfiles.sheet import bare, rows_of
from loom_app.kernel.errors import Invalid

OURS, SPLIT, THEIRS, BASE = CONFLICT_MARKERS
NEXT = {"": (OURS,), OURS: (BASE, SPLIT), BASE: (SPLIT,), SPLIT: (THEIRS,)}
"""Which marker may come after which."""


def has_markers(text: str) -> bool:
    """Whether some row of the file is a conflict marker."""
    return any(f"\n{marker}" in text for marker in CONFLICT_MARKERS) or text.startswith(CONFLICT_MARKERS)


def sides(text: str) -> tuple[str, str]:
    """The whole file as either side of the merge has it. Raises Invalid naming the line where the markers go wrong."""
    ours: list[str] = []
    theirs: list[str] = []
    state, since = "", 0
    for number, row in enumerate(rows_of(text), 1):
        marker = bare(row)[:7]
        if marker in CONFLICT_MARKERS:
            if marker not in NEXT[state]:
                raise _broken(number, marker, state, since)
            state, since = ("" if marker == THEIRS else marker), number
            continue
        ours += [row] if state in ("", OURS) else []
        theirs += [row] if state in ("", SPLIT) else []
    if state:
        raise _broken(since, state, state, since)
    return "\n".join(ours), "\n".join(theirs)


def _broken(number: int, marker: str, state: str, since: int) -> Invalid:
    after = f" after {state} in line {since}" if state and number != since else ""
    what = "is never closed" if number == since and state else f"is out of place{after}"
    return Invalid(
        f"Line {number}: the conflict marker {marker} {what}. Resolve that merge in the file by hand.",
        code="conflict_markers", line=number,
    )  # fmt: skip
