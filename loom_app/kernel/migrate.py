"""Brings the database's schema up to date with Alembic."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from loom_app.kernel.database import Database
from loom_app.kernel.errors import Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

ROOT = Path(__file__).resolve().parents[2]
BY_MIGRATIONS_ALONE = ("ordered_", "search_")
"""How the names of what no model can declare begin: indexes in descending order, and what indexes texts."""


async def upgrade(db: Database) -> None:
    """Applies every migration that is missing. Two at once are safe: the second waits and finds nothing to do.

    Raises Unavailable for a database that a newer Loom has written.
    """
    async with db.reader.connect() as connection:
        if await connection.run_sync(_is_new):
            return
    async with db.engine.begin() as connection:
        await connection.run_sync(_to_head)


def _is_new(connection: Connection) -> bool:
    """Whether nothing is missing, found out without loading Alembic: commands want to be quick."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    newest = max(path.name for path in (ROOT / "alembic" / "versions").glob("[0-9]*.py")).partition("_")[0]
    return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars()) == [newest]


def configuration(connection: Connection) -> "Config":
    """Alembic's configuration bound to an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.attributes["connection"] = connection
    return config


def compared(_item: object, name: str | None, _kind: str, reflected: bool, _other: object) -> bool:
    """Whether the database and the models are to agree on it."""
    return not (reflected and name is not None and name.startswith(BY_MIGRATIONS_ALONE))


def _to_head(connection: Connection) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7233)")
    config = configuration(connection)
    _refuse_newer(connection, {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()})
    command.upgrade(config, "head")


def _refuse_newer(connection: Connection, known: set[str]) -> None:
    from alembic.migration import MigrationContext

    found = MigrationContext.configure(connection).get_current_heads()
    for version in found:
        if version not in known:
            raise Unavailable(
                f"The database is of version {version}, which this Loom does not know: another, probably newer Loom "
                "wrote it. Start that one, or set LOOM_DATA_DIR to another folder.",
                code="database_of_another_version",
            )
