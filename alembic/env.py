"""Alembic's entry: migrations run on the connection loom_app.kernel.migrate hands over."""

from sqlmodel import SQLModel

import loom_app.tables  # noqa: F401 - fills the metadata
from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
