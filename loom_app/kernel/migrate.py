"""Brings the database's schema up to date with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from loom_app.kernel.database import Database
from loom_app.kernel.errors import Unavailable

ROOT = Path(__file__).resolve().parents[2]


async def upgrade(db: Database) -> None:
    """Applies every migration that is missing. Two at once are safe: the second waits and finds nothing to do.

    Raises Unavailable for a database that a newer Loom has written.
    """
    async with db.engine.begin() as connection:
        await connection.run_sync(_to_head)


def configuration(connection: Connection) -> Config:
    """Alembic's configuration bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.attributes["connection"] = connection
    return config


def _to_head(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7233)")
    config = configuration(connection)
    _refuse_newer(connection, {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()})
    command.upgrade(config, "head")


def _refuse_newer(connection: Connection, known: set[str]) -> None:
    found = MigrationContext.configure(connection).get_current_heads()
    for version in found:
        if version not in known:
            raise Unavailable(
                f"The database is of version {version}, which this Loom does not know: another, probably newer Loom "
                "wrote it. Start that one, or set LOOM_DATA_DIR to another folder.",
                code="database_of_another_version",
            )
