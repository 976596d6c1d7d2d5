"""The index as a whole: made anew, and compared with what it should hold. Triggers keep it otherwise."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.textindex import PARTS

BESIDE = ("search_words_now", "search_words_anew", "search_anew")
LINKED = "d.kind = s.kind AND d.key = s.key"


async def rebuild(tx: AsyncSession) -> int:
    """Makes the index anew from the beads, comments and runs; answers how many documents it holds."""
    on_sqlite = tx.get_bind().dialect.name == "sqlite"
    await tx.execute(text("DELETE FROM search_documents"))
    if on_sqlite:
        await tx.execute(text("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
    columns = "kind, key, bead_id, project_id" + ("" if on_sqlite else ", title, words")
    await tx.execute(text(f"INSERT INTO search_documents ({columns}) SELECT {columns} FROM search_sources ORDER BY at"))  # noqa: S608
    if on_sqlite:
        texts = f"SELECT id, {PARTS} FROM search_texts ORDER BY id"  # noqa: S608
        await tx.execute(text(f"INSERT INTO search_index (rowid, {PARTS}) {texts}"))
    return int((await tx.execute(text("SELECT count(*) FROM search_documents"))).scalar_one())


async def faults(tx: AsyncSession) -> list[str]:
    """What is wrong with the index, in sentences; writes nothing that outlives `tx`."""
    on_sqlite = tx.get_bind().dialect.name == "sqlite"
    differs = "d.project_id IS NOT s.project_id" if on_sqlite else "d.project_id IS DISTINCT FROM s.project_id"
    sources, documents = (
        "search_sources s LEFT JOIN search_documents d",
        "search_documents d LEFT JOIN search_sources s",
    )
    counted = {
        "not in the index": f"SELECT count(*) FROM {sources} ON {LINKED} WHERE d.id IS NULL",  # noqa: S608
        "in the index and gone": f"SELECT count(*) FROM {documents} ON {LINKED} WHERE s.kind IS NULL",  # noqa: S608
        "indexed for another project": f"SELECT count(*) FROM {sources} ON {LINKED} "  # noqa: S608
        f"WHERE d.id IS NOT NULL AND {differs}",
        "indexed with other words": await _words_of_sqlite(tx) if on_sqlite else
        f"SELECT count(*) FROM {sources} ON {LINKED} WHERE d.title <> s.title OR d.words <> s.words",  # noqa: S608
    }  # fmt: skip
    found = {what: (await tx.execute(text(query))).scalar_one() for what, query in counted.items()}
    for name in BESIDE if on_sqlite else ():
        await tx.execute(text(f"DROP TABLE temp.{name}"))
    return [f"{number} {what}" for what, number in found.items() if number]


async def _words_of_sqlite(tx: AsyncSession) -> str:
    """Indexes everything beside the index, and returns what counts the words of which the two disagree."""
    options = "content='', tokenize='unicode61 remove_diacritics 2'"
    for statement in (
        f"CREATE VIRTUAL TABLE temp.search_anew USING fts5({PARTS}, {options})",
        f"INSERT INTO search_anew (rowid, {PARTS}) SELECT id, {PARTS} FROM search_texts",  # noqa: S608
        "CREATE VIRTUAL TABLE temp.search_words_anew USING fts5vocab(temp, search_anew, col)",
        "CREATE VIRTUAL TABLE temp.search_words_now USING fts5vocab(main, search_index, col)",
    ):
        await tx.execute(text(statement))
    one, other = (f"SELECT term, col, doc, cnt FROM search_words_{when}" for when in ("now", "anew"))  # noqa: S608
    both = f"SELECT * FROM ({one} EXCEPT {other}) UNION SELECT * FROM ({other} EXCEPT {one})"  # noqa: S608
    return f"SELECT count(DISTINCT term) FROM ({both})"  # noqa: S608
