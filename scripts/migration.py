"""Writes the next migration from what the tables say and the database's schema lacks: `make migration NAME=...`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from loom_app.kernel.database import Database
from loom_app.kernel.migrate import ROOT, configuration, upgrade


def _write(connection: Connection, message: str) -> None:
    number = len(list((ROOT / "alembic" / "versions").glob("*.py"))) + 1
    command.revision(configuration(connection), message=message, autogenerate=True, rev_id=f"{number:04d}")


async def main(message: str) -> None:
    """Compares a freshly migrated SQLite database with the metadata."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite+aiosqlite:///{Path(folder) / 'loom.db'}")
        await upgrade(db)
        async with db.engine.connect() as connection:
            await connection.run_sync(_write, message)
        await db.dispose()


if __name__ == "__main__":
    asyncio.run(main(" ".join(sys.argv[1:]) or "change"))
