"""Alembic's entry: migrations run on the connection loom_app.kernel.migrate hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import loom_app.tables  # noqa: F401 - fills the metadata
from loom_app.kernel.columns import JsonValue, UtcDateTime
from loom_app.kernel.migrate import compared


def _plain(kind: str, item: Any, _api: Any) -> str | Literal[False]:
    """Column types in migrations by their short names."""
    if kind != "type":
        return False
    if isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    if isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    return "JsonValue" if item is JsonValue else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_plain,
    compare_type=True,
    include_object=compared,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
