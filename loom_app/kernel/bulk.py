"""Very many new rows at once, without what the usual way costs for each of them."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Table, insert
from sqlalchemy.ext.asyncio import AsyncSession

BATCH = 2_000


class _Prepared(NamedTuple):
    """A statement, and how a row becomes what the driver takes for it."""

    statement: str
    defaults: tuple[Any, ...]
    """Of the columns that are not given."""
    in_order: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    binds: Sequence[tuple[int, Callable[[Any], Any]]]
    """What turns a value into the driver's, by place."""


async def insert_all(tx: AsyncSession, table: Table, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Adds `rows`, each the values of the columns `names`; other columns get the constant that is their default."""
    how = _prepared(table, names, tx.get_bind().dialect)
    connection = await tx.connection()
    left = iter(rows)
    while batch := [_bound(how, row) for row in islice(left, BATCH)]:
        await connection.exec_driver_sql(how.statement, batch)


def _bound(how: _Prepared, row: tuple[Any, ...]) -> tuple[Any, ...]:
    values = list(how.in_order(row + how.defaults))
    for at, bind in how.binds:
        values[at] = bind(values[at])
    return tuple(values)


@cache
def _prepared(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Prepared:
    compiled: Any = insert(table).compile(dialect=dialect, column_keys=list(names))
    order: list[str] = compiled.positiontup
    others = [name for name in order if name not in names]
    given = [*names, *others]
    kinds = [table.c[name].type.dialect_impl(dialect) for name in order]
    binds = [(at, bind) for at, kind in enumerate(kinds) if (bind := kind.bind_processor(dialect)) is not None]
    defaults: Any = [table.c[name].default for name in others]
    return _Prepared(
        str(compiled), tuple(each.arg for each in defaults), itemgetter(*(given.index(name) for name in order)), binds
    )
