"""Very many new rows at once, without what the usual way costs for each of them."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import JSON, Column, Dialect, Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

BATCH = 2_000
MOST_VALUES = 32_000
"""In one statement of SQLite's, which takes 32,766."""


class _Prepared(NamedTuple):
    """A statement, and how a row becomes what the driver takes for it."""

    statement: str
    binds: Sequence[tuple[int, Callable[[Any], Any]]]
    """What turns a given value into the driver's, by place."""
    defaults: tuple[Any, ...]
    """Of the columns that are not given, as the driver takes them."""
    in_order: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    """Given values and defaults in the order of the statement."""
    together: int
    """How many rows are given to the database at once."""
    statement_for_all: str
    """What adds as many rows by itself; "" where the driver does that best."""


async def insert_all(tx: AsyncSession, table: Table, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Adds `rows`, each the values of the columns `names`; other columns get the constant that is their default.

    The next rows are made, in another thread, while the database takes those before them.
    """
    how = _prepared(table, names, tx.get_bind().dialect)
    connection = await tx.connection()
    left = iter(rows)
    batch = _next(how, left)
    while batch:
        batch, _ = await asyncio.gather(asyncio.to_thread(_next, how, left), _insert(connection, how, batch))


async def _insert(connection: AsyncConnection, how: _Prepared, batch: list[tuple[Any, ...]]) -> None:
    """SQLite's driver takes many rows in one statement without holding up Python for each of them."""
    if len(batch) == how.together and how.statement_for_all:
        await connection.exec_driver_sql(how.statement_for_all, tuple(chain.from_iterable(batch)))
    else:
        await connection.exec_driver_sql(how.statement, batch)


def _next(how: _Prepared, left: Iterator[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [_bound(how, row) for row in islice(left, how.together)]


def _bound(how: _Prepared, row: tuple[Any, ...]) -> tuple[Any, ...]:
    if not how.binds:
        return how.in_order(row + how.defaults)
    values = list(row)
    for at, bind in how.binds:
        values[at] = bind(values[at])
    return how.in_order((*values, *how.defaults))


@cache
def _prepared(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Prepared:
    compiled: Any = insert(table).compile(dialect=dialect, column_keys=list(names))
    order: list[str] = compiled.positiontup
    others = [name for name in order if name not in names]
    given = [*names, *others]
    binders = {name: bind for name in order if (bind := _binder(table.c[name], dialect)) is not None}
    constants: dict[str, Any] = {name: getattr(table.c[name].default, "arg", None) for name in others}
    on_sqlite = dialect.name == "sqlite"
    together = MOST_VALUES // len(order) if on_sqlite else BATCH
    head, _, row = str(compiled).rpartition(" VALUES ")
    return _Prepared(
        str(compiled),
        [(at, binders[name]) for at, name in enumerate(names) if name in binders],
        tuple(binders[name](value) if name in binders else value for name, value in constants.items()),
        itemgetter(*(given.index(name) for name in order)),
        together,
        f"{head} VALUES {', '.join([row] * together)}" if on_sqlite else "",
    )


def _binder(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What turns a value of the column into the driver's, where that is not the value itself."""
    kind = column.type.dialect_impl(dialect)
    bind = kind.bind_processor(dialect)
    if bind is None or not isinstance(kind, JSON):
        return bind
    empty = {"[]": bind([]), "{}": bind({})}
    return lambda value: empty["[]"] if value == [] else empty["{}"] if value == {} else bind(value)
