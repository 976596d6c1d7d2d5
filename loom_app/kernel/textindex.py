"""The index of the search, as far as whoever writes much at once has to know it; the database keeps it otherwise."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.database import at_commit

PARTS = "title, text, comments, runs"
IN_BULK = {"bead": "beads", "comment": "bead_comments"}
WORTH_IT = 500
"""From so many rows on indexing them together is quicker."""
USUAL_BYTES, IN_BULK_BYTES = 2**20, 2**24


async def in_bulk(tx: AsyncSession, rows: int) -> None:
    """Has the beads and comments added from here to the end of `tx` indexed together, just before it commits.

    On SQLite alone, where a trigger that writes the index costs several times what the row itself does.
    """
    if rows < WORTH_IT or tx.get_bind().dialect.name != "sqlite":
        return
    for kind, table in IN_BULK.items():
        await _set_aside(tx, kind, table)


async def _set_aside(tx: AsyncSession, kind: str, table: str) -> None:
    """Drops the trigger until the end of `tx`; others never see the database without it."""
    named = {"name": f"search_{kind}_added"}
    trigger = (await tx.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), named)).scalar()
    if trigger is None:
        return
    last = (await tx.execute(text(f"SELECT coalesce(max(rowid), 0) FROM {table}"))).scalar_one()  # noqa: S608
    await tx.execute(text(f"DROP TRIGGER {named['name']}"))

    async def index_together(tx: AsyncSession) -> None:
        found = "SELECT kind, key, bead_id, project_id FROM search_sources WHERE kind = :kind AND place > :last"
        first = (await tx.execute(text("SELECT coalesce(max(id), 0) FROM search_documents"))).scalar_one()
        documents = f"INSERT INTO search_documents (kind, key, bead_id, project_id) {found}"
        await tx.execute(text(documents), {"kind": kind, "last": last})
        texts = f"SELECT id, {PARTS} FROM search_texts WHERE id > :first"  # noqa: S608
        await _gather(tx, IN_BULK_BYTES)
        await tx.execute(text(f"INSERT INTO search_index (rowid, {PARTS}) {texts}"), {"first": first})
        await _gather(tx, USUAL_BYTES)
        await (await tx.connection()).exec_driver_sql(trigger)

    at_commit(tx, named["name"], index_together)


async def _gather(tx: AsyncSession, size: int) -> None:
    """How many bytes of words FTS5 gathers before it writes them out: with more it has less to merge."""
    await tx.execute(text("INSERT INTO search_index (search_index, rank) VALUES ('hashsize', :size)"), {"size": size})
