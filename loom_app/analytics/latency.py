"""How long answers took: bands of about equal times, and what part of all was faster than how long."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

STEPS = 10
BOUNDS = (0.0, *(round(10 ** (1 + step / STEPS), 3) for step in range(5 * STEPS + 1)))
"""Milliseconds at which bands begin: ten to a tenfold, from 10 ms to 1,000 s; what is between is within 26 %."""


class band_of(FunctionElement[int]):  # noqa: N801 - a function of SQL
    """The band of a column of milliseconds."""

    type = Integer()
    inherit_cache = True


@compiles(band_of)
def _band_of(element: band_of, compiler: SQLCompiler, **kw: Any) -> str:
    """Asked by halves, since each question reckons the milliseconds anew."""
    (ms,) = (compiler.process(clause, **kw) for clause in element.clauses)

    def among(first: int, last: int) -> str:
        middle = (first + last + 1) // 2
        if first == last:
            return str(first)
        return f"CASE WHEN {ms} >= {BOUNDS[middle]} THEN {among(middle, last)} ELSE {among(first, middle - 1)} END"

    return among(0, len(BOUNDS) - 1)


def band(ms: float) -> int:
    """The band of a time."""
    return max(0, bisect_right(BOUNDS, ms) - 1)


def percentiles(bands: Mapping[int, int], parts: tuple[float, ...]) -> list[float | None]:
    """Below how many milliseconds these parts of the answers came; None where there are none.

    Within a band they are taken as evenly spread.
    """
    there = sorted((which, many) for which, many in bands.items() if many > 0)
    if not there:
        return [None for _ in parts]
    below = list(accumulate(many for _, many in there))
    found: list[float | None] = []
    for part in parts:
        wanted = part * below[-1]
        at = next((place for place, reached in enumerate(below) if reached >= wanted), len(there) - 1)
        which, many = there[at]
        begin, end = BOUNDS[which], BOUNDS[min(which + 1, len(BOUNDS) - 1)]
        inside = (wanted - (below[at] - many)) / many
        found.append(round(begin + (end - begin) * inside, 1))
    return found
