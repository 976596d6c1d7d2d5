"""The sealed columns of every table: which there are, whether their values open, sealing them anew."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Table, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from loom_app.kernel.crypto import SecretUnreadable, Vault

MARK = "sealed"


@dataclass(frozen=True, slots=True)
class Seal:
    """How a column is sealed: for which purpose and for which subject, a template of the row's columns."""

    purpose: str
    subject: str


@dataclass(frozen=True, slots=True)
class Locked:
    """A sealed value that does not open: where it is and whose."""

    place: str
    subject: str


@dataclass
class Resealed:
    """What sealing anew came to: how many values of each `table.column`, and those left because they do not open."""

    counts: Counter[str] = field(default_factory=Counter)
    locked: list[Locked] = field(default_factory=list)


def sealed(purpose: str, subject: str = "{id}") -> dict[str, Any]:
    """What a column of sealed values is declared with: `Field(repr=False, sa_column_kwargs=sealed("purpose"))`.

    Every such column must be, or a rotation of the master key would lose it.
    """
    return {"info": {MARK: Seal(purpose, subject)}}


def columns() -> Iterator[tuple[Table, Column[Any], Seal]]:
    """Every sealed column of the tables that are loaded."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if MARK in column.info:
                yield table, column, column.info[MARK]


async def count(tx: AsyncSession) -> Counter[str]:
    """How many values are sealed in each `table.column`."""
    found: Counter[str] = Counter()
    for table, column, _ in columns():
        query = select(func.count()).select_from(table).where(column.is_not(None), column != "")
        found[str(column)] = await tx.scalar(query) or 0
    return found


async def locked(tx: AsyncSession, vault: Vault, *, all_of_them: bool = False) -> list[Locked]:
    """The values that do not open.

    Those sealed with the present key are taken to open, unless `all_of_them` are to be tried.
    """
    found = []
    for table, column, seal in columns():
        for row in await _rows(tx, vault, table, column, all_of_them=all_of_them):
            if _opened(vault, row, column, seal) is None:
                found.append(Locked(str(column), seal.subject.format(**row)))
    return found


async def reseal(tx: AsyncSession, vault: Vault) -> Resealed:
    """Seals every value anew that another key than the present one has sealed. Those that do not open stay."""
    done = Resealed()
    for table, column, seal in columns():
        if tx.get_bind().dialect.name == "postgresql":
            await tx.execute(text(f'LOCK TABLE "{table.name}" IN SHARE ROW EXCLUSIVE MODE'))
        changes = []
        for row in await _rows(tx, vault, table, column, all_of_them=False):
            subject = seal.subject.format(**row)
            opened = _opened(vault, row, column, seal)
            if opened is None:
                done.locked.append(Locked(str(column), subject))
            else:
                anew = vault.seal(opened, purpose=seal.purpose, subject=subject)
                changes.append({f"_{key.name}": row[key.name] for key in table.primary_key} | {"_anew": anew})
        await _store(tx, table, column, changes)
        done.counts[str(column)] += len(changes)
    return done


async def _rows(
    tx: AsyncSession, vault: Vault, table: Table, column: Column[Any], *, all_of_them: bool
) -> list[dict[str, Any]]:
    """The rows that hold a sealed value, or those of them that another key than the present one has sealed."""
    query = select(table).where(column.is_not(None), column != "")
    if not all_of_them:
        query = query.where(column.not_like(f"{vault.prefix}%"))
    return [dict(row) for row in (await tx.execute(query)).mappings()]


def _opened(vault: Vault, row: dict[str, Any], column: Column[Any], seal: Seal) -> str | None:
    try:
        return vault.unseal(row[column.name], purpose=seal.purpose, subject=seal.subject.format(**row))
    except SecretUnreadable:
        return None


async def _store(tx: AsyncSession, table: Table, column: Column[Any], changes: list[dict[str, Any]]) -> None:
    if changes:
        this_row = (key == bindparam(f"_{key.name}") for key in table.primary_key)
        await tx.execute(update(table).where(*this_row).values({column.name: bindparam("_anew")}), changes)
