"""One import of a project at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from filelock import AsyncFileLock, Timeout
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict

ALONE = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")


@asynccontextmanager
async def importing_alone(db: Database, project_id: str) -> AsyncIterator[AsyncSession]:
    """The writing transaction of an import into a project, the only one of all programs that use this database.

    Raises Conflict while another import of it goes on.
    """
    alone = _beside_the_file if db.is_sqlite else _in_the_database
    async with alone(db, project_id) as tx:
        yield tx


@asynccontextmanager
async def _beside_the_file(db: Database, project_id: str) -> AsyncIterator[AsyncSession]:
    """SQLite's second writer waits and gives up with an error, so who comes second is told before that."""
    lock = AsyncFileLock(f"{db.url.database}.import-{project_id}", timeout=0)
    try:
        await lock.acquire()
    except Timeout as error:
        raise _running(project_id) from error
    try:
        async with db.write() as tx:
            yield tx
    finally:
        await lock.release()


@asynccontextmanager
async def _in_the_database(db: Database, project_id: str) -> AsyncIterator[AsyncSession]:
    async with db.write() as tx:
        if not (await tx.execute(ALONE, {"name": f"import {project_id}"})).scalar_one():
            raise _running(project_id)
        yield tx


def _running(project_id: str) -> Conflict:
    return Conflict(
        f"A file is being imported into {project_id} at this moment. Nothing was changed by this one; import it when "
        "that is done.",
        code="import_running",
    )
