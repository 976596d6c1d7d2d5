"""Very many new rows at once, without what the usual way costs for each of them."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import JSON, Column, ColumnElement, Dialect, Table, bindparam, insert, literal_column, null
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

BATCH = 1_000
MOST_VALUES = 32_000
"""In one statement of SQLite's, which takes 32,766."""


class _Prepared(NamedTuple):
    """A statement, and how a row becomes what the driver takes for it."""

    statement: str
    binds: Sequence[tuple[int, Callable[[Any], Any]]]
    """What turns a given value into the driver's, by place."""
    in_order: Callable[[Sequence[Any]], tuple[Any, ...]]
    """Given values in the order of the statement."""
    together: int
    """How many rows are given to the database at once."""
    statement_for_all: str
    """What adds as many rows by itself; "" where the driver does that best."""


async def insert_all(
    tx: AsyncSession,
    table: Table,
    names: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Adds `rows`, each the values of the columns `names`; other columns get the constant that is their default.

    The next rows are made, in another thread, while the database takes those before them. `told` hears how many rows
    each time were added.
    """
    how = _prepared(table, names, tx.get_bind().dialect)
    connection = await tx.connection()
    left = iter(rows)
    batch = _next(how, left)
    while batch:
        following, _ = await asyncio.gather(asyncio.to_thread(_next, how, left), _insert(connection, how, batch))
        told(len(batch))
        batch = following


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
        return how.in_order(row)
    values = list(row)
    for at, bind in how.binds:
        values[at] = bind(values[at])
    return how.in_order(values)


@cache
def _prepared(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Prepared:
    given = {name: bindparam(name, type_=table.c[name].type) for name in names}
    others = {column.name: _written(column, dialect) for column in table.c if column.name not in given}
    compiled: Any = insert(table).values(given | others).compile(dialect=dialect)
    order: list[str] = compiled.positiontup
    binders = ((at, _binder(table.c[name], dialect)) for at, name in enumerate(names))
    on_sqlite = dialect.name == "sqlite"
    together = min(MOST_VALUES // len(order), BATCH) if on_sqlite else BATCH
    head, _, row = str(compiled).rpartition(" VALUES ")
    return _Prepared(
        str(compiled),
        [(at, bind) for at, bind in binders if bind is not None],
        itemgetter(*(names.index(name) for name in order)),
        together,
        f"{head} VALUES {', '.join([row] * together)}" if on_sqlite else "",
    )


def _written(column: Column[Any], dialect: Dialect) -> ColumnElement[Any]:
    """The constant that is a column's default, as text: drivers are slow to take a value, most of all none."""
    value = getattr(column.default, "arg", None)
    if value is None:
        return null()
    write = column.type.dialect_impl(dialect).literal_processor(dialect)
    assert write is not None, f"{column} has a default that cannot be written"
    return literal_column(write(value))


def _binder(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What turns a value of the column into the driver's, where that is not the value itself."""
    kind = column.type.dialect_impl(dialect)
    bind = kind.bind_processor(dialect)
    if bind is None or not isinstance(kind, JSON):
        return bind
    empty = {"[]": bind([]), "{}": bind({})}
    return lambda value: empty["[]"] if value == [] else empty["{}"] if value == {} else bind(value)
