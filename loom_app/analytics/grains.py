"""Minutes, hours and days in UTC: where they begin, and what of a span they make up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from loom_app.kernel.columns import UtcDateTime

Grain = Literal["minute", "hour", "day"]
LENGTH: dict[Grain, timedelta] = {
    "day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1),
}  # fmt: skip
"""The coarsest first."""
_ZEROS: dict[Grain, dict[str, int]] = {
    "minute": {"second": 0}, "hour": {"minute": 0, "second": 0}, "day": {"hour": 0, "minute": 0, "second": 0},
}  # fmt: skip
_STORED = {"minute": (16, ":00.000000"), "hour": (13, ":00:00.000000"), "day": (10, " 00:00:00.000000")}
"""How many letters of a stored moment name the grain, and what comes after them."""


@dataclass(frozen=True)
class Piece:
    """From `since` on and before `until`: whole grains, or `grain` None where they are only parts of one."""

    grain: Grain | None
    since: datetime
    until: datetime


def floor(at: datetime, grain: Grain) -> datetime:
    """Where the grain of the moment begins."""
    return at.replace(microsecond=0, **_ZEROS[grain])  # type: ignore[arg-type]


def pieces(since: datetime, until: datetime, finest: Grain, minutes_since: datetime) -> Iterator[Piece]:
    """The span as the fewest whole grains, none coarser than `finest`, and what is left over at its ends.

    Minutes are there from `minutes_since` on.
    """
    left = [(since, until)]
    for grain, length in LENGTH.items():
        if length > LENGTH[finest]:
            continue
        rest: list[tuple[datetime, datetime]] = []
        for begin, end in left:
            first, last = _ceil(max(begin, minutes_since) if grain == "minute" else begin, grain), floor(end, grain)
            if first is None or first + length > last:
                rest.append((begin, end))
                continue
            yield Piece(grain, first, last)
            rest += [(begin, first), (last, end)]
        left = rest
    yield from (Piece(None, begin, end) for begin, end in left if begin < end)


def _ceil(at: datetime, grain: Grain) -> datetime | None:
    begin = floor(at, grain)
    try:
        return begin if begin == at else begin + LENGTH[grain]
    except OverflowError:
        return None


class begun(FunctionElement[datetime]):  # noqa: N801 - a function of SQL
    """Where the grain of a stored moment begins."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, moment: Any, grain: Grain) -> None:
        super().__init__(moment, literal_column(f"'{grain}'"))


@compiles(begun, "sqlite")
def _sqlite(element: begun, compiler: SQLCompiler, **kw: Any) -> str:
    moment, grain = (compiler.process(clause, **kw) for clause in element.clauses)
    letters, after = _STORED[grain.strip("'")]
    return f"(substr({moment}, 1, {letters}) || '{after}')"


@compiles(begun, "postgresql")
def _postgresql(element: begun, compiler: SQLCompiler, **kw: Any) -> str:
    moment, grain = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"date_trunc({grain}, {moment}, 'UTC')"
