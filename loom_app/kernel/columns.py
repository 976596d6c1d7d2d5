"""Tables and column types that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

NAIVE = "a time without a zone was about to be stored"


def table(model: type[SQLModel]) -> Table:
    """The table of a model as SQLAlchemy Core sees it, for queries that are run often."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored and read in UTC. A naive one is refused at the write."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(NAIVE)
        return value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Writes many moments quickly."""
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002 - SQLAlchemy's signature
        """Reads many moments quickly; what is read carries its zone on both databases."""
        return _from_text if dialect.name == "sqlite" else _aware


def _to_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(NAIVE)
    moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[: len("2026-02-21 09:30:00.000000")]


def _from_text(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(f"{stored}+00:00")


def _aware(moment: datetime | None) -> datetime | None:
    """PostgreSQL's driver gives the first moment of all, which it keeps as -infinity, without a zone."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


JsonValue = JSON().with_variant(JSONB(), "postgresql")
"""Any JSON value."""
