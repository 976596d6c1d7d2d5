"""The tables of this room as SQLAlchemy Core sees them, for queries that are run often."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, cast, func, literal_column, not_, select
from sqlalchemy.dialects.postgresql import JSONB

from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus, Dependency, Lease
from loom_app.kernel.columns import table

UNFINISHED = tuple(literal_column(f"'{status}'", String) for status in BeadStatus if status != BeadStatus.DONE)
"""Named one by one, so that an index finds them: most beads of an old project are done."""
CHUNK = 500
"""How many values one IN list takes."""


BEADS, LINKS, LEASES = table(Bead), table(Dependency), table(Lease)


def unfinished(bead: Any) -> ColumnElement[bool]:
    """Whether a row of beads, or of an alias of it, still counts: neither done nor pinned to the board."""
    return and_(bead.c.status.in_(UNFINISHED), bead.c.source_status != "pinned")


def deleted(bead: Any) -> ColumnElement[bool]:
    """Whether a row of beads, or of an alias of it, is only kept for other copies of its file; an index knows these."""
    status = bead.c.source_status
    return and_(status != literal_column("''", String), status == literal_column(f"'{TOMBSTONE}'", String))


def unindexed(column: Any) -> ColumnElement[str]:
    """The text in `column`, said so that a query is not led to an index of it when it has a better one."""
    text: ColumnElement[str] = column.concat("")
    return text


def between_living(link: Any) -> ColumnElement[bool]:
    """Whether neither end of a row of dependencies was deleted."""
    end = BEADS.alias()
    return not_(select(1).where(deleted(end), end.c.id.in_((link.c.bead_id, link.c.depends_on_id))).exists())


def chunks(values: Iterable[str]) -> Iterable[list[str]]:
    """`values` without repetition, in lists short enough for one query."""
    unique = list(dict.fromkeys(values))
    return (unique[start : start + CHUNK] for start in range(0, len(unique), CHUNK))


def ids_of(dialect: str) -> Select[tuple[str]]:
    """The ids in the parameter of `ids_parameter`: any number of them in a statement that stays the same."""
    if dialect == "postgresql":
        return select(func.jsonb_array_elements_text(cast(bindparam("ids", type_=String), JSONB)))
    return select(func.json_each(bindparam("ids", type_=String)).table_valued("value").c.value)


def ids_parameter(bead_ids: Iterable[str]) -> dict[str, str]:
    """What `ids_of` reads."""
    return {"ids": json.dumps(list(bead_ids))}
