"""Brings the database's schema up to date with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from loom_app.kernel.database import Database

ROOT = Path(__file__).resolve().parents[2]


async def upgrade(db: Database) -> None:
    """Applies every migration that is missing. Two at once are safe: the second waits and finds nothing to do."""
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
    command.upgrade(configuration(connection), "head")
