"""search: an index of beads, comments and runs that the database keeps itself, whoever writes to them"""

from typing import NamedTuple

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LONGEST = 200_000
"""Characters of one document that are indexed: PostgreSQL refuses a row whose words take more than a megabyte."""
LONGEST_REPLY = 4_000
PIECE = 250
UNSPACED = "\u0e00-\u109f\u1780-\u17ff\u2e80-\U0010ffff"
"""Scripts that put no space between words: each of their characters is a word of its own, so that parts are found."""
NOTHING = "''"
PARTS = ("title", "text", "comments", "runs")


class Source(NamedTuple):
    """Rows of a table that are found: what names one, which part of the index holds what, and what it is made of."""

    kind: str
    table: str
    key: str
    bead: str
    part: str
    made_of: tuple[str, ...]
    at: str = "created_at"


BEAD_TEXTS = ("description", "design", "acceptance_criteria", "notes", "status_reason", "close_reason")
SOURCES = (
    Source("bead", "beads", "{row}.id", "{row}.id", "text", ("title", "external_ref", *BEAD_TEXTS, "tags")),
    Source("comment", "bead_comments", "{row}.id", "{row}.bead_id", "comments", ("content",)),
    Source("run", "runs", "{row}.id", "{row}.bead_id", "runs", ("message",)),
    Source(
        "turn", "turns", "{row}.run_id || '/' || {row}.number", "(SELECT bead_id FROM runs WHERE id = {row}.run_id)",
        "runs", ("notes", "reply", "fault"),
    ),
)  # fmt: skip


def upgrade() -> None:
    for statement in _on_postgres() if _is_postgres() else _on_sqlite():
        # Not op.execute, which would take the colons of a statement for parameters.
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    triggers = [f"search_{source.kind}_{when}" for source in SOURCES for when in ("added", "changed", "gone")]
    for name in [*triggers, "search_bead_moved"]:
        of = f" ON {_table_of(name)}" if _is_postgres() else ""
        op.execute(f"DROP TRIGGER {name}{of}")
    op.execute("DROP VIEW search_sources")
    if _is_postgres():
        for source in SOURCES:
            op.execute(f"DROP FUNCTION search_{source.kind}()")
        op.execute("DROP FUNCTION search_bead_moved()")
        op.execute("DROP TABLE search_documents")
        op.execute("DROP FUNCTION search_words(text)")
    else:
        op.execute("DROP INDEX search_beads")
        op.execute("DROP TABLE search_vocabulary")
        op.execute("DROP TABLE search_index")
        op.execute("DROP VIEW search_texts")
        op.execute("DROP TABLE search_documents")
        op.execute("DROP TABLE search_steps")


def _is_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _table_of(trigger: str) -> str:
    return next(source.table for source in SOURCES if trigger.startswith(f"search_{source.kind}_"))


def _seen_in(bead: str) -> str:
    """The project whose members see a bead; none for one that was deleted."""
    return f"CASE WHEN {bead}.source_status = 'tombstone' THEN NULL ELSE {bead}.project_id END"


def _texts(source: Source, row: str, tags: str) -> dict[str, str]:
    """What each part of the index holds of `row`."""
    own = {name: f"{row}.{name}" for name in source.made_of}
    told = dict.fromkeys(PARTS, NOTHING)
    if source.kind == "bead":
        told["title"] = f"{row}.title || ' ' || {row}.id || ' ' || {row}.external_ref"
        texts = " || ' ' || ".join([*(own[name] for name in BEAD_TEXTS), tags])
    elif source.kind == "turn":
        said = f"CASE WHEN {row}.notes = '' THEN coalesce({row}.reply, '') ELSE {row}.notes END"
        texts = f"substr({said}, 1, {LONGEST_REPLY}) || ' ' || {row}.fault"
    else:
        texts = own[source.made_of[0]]
    told[source.part] = f"substr({texts}, 1, {LONGEST})"
    return told


def _differs(source: Source, differs: str) -> str:
    return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in source.made_of)


def _on_sqlite() -> list[str]:
    parts = ", ".join(PARTS)
    return [
        "CREATE TABLE search_steps (n INTEGER PRIMARY KEY)",
        f"INSERT INTO search_steps SELECT n FROM (WITH RECURSIVE up(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up "
        f"WHERE n < {LONGEST // PIECE}) SELECT n FROM up)",
        "CREATE TABLE search_documents (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, "
        "bead_id TEXT NOT NULL, project_id TEXT, UNIQUE (key, kind))",
        "CREATE INDEX search_documents_bead ON search_documents (bead_id)",
        # What beads are asked for along with words; their rows are long and slow to read.
        "CREATE INDEX search_beads ON beads (id, status, priority, type, assigned_to, tags)",
        "CREATE VIEW search_sources AS " + " UNION ALL ".join(_source_on_sqlite(source) for source in SOURCES),
        "CREATE VIEW search_texts AS " + " UNION ALL ".join(_texts_on_sqlite(source) for source in SOURCES),
        f"CREATE VIRTUAL TABLE search_index USING fts5({parts}, content='', "
        "tokenize='unicode61 remove_diacritics 2', prefix='2')",
        "CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab('search_index', 'row')",
        "INSERT INTO search_documents (kind, key, bead_id, project_id) "
        "SELECT kind, key, bead_id, project_id FROM search_sources ORDER BY at",
        f"INSERT INTO search_index (rowid, {parts}) SELECT id, {parts} FROM search_texts ORDER BY id",
        *(statement for source in SOURCES for statement in _triggers_on_sqlite(source)),
        f"CREATE TRIGGER search_bead_moved AFTER UPDATE OF project_id, source_status ON beads "
        f"WHEN {_seen_in('OLD')} IS NOT {_seen_in('NEW')} "
        f"BEGIN UPDATE search_documents SET project_id = {_seen_in('NEW')} WHERE bead_id = NEW.id; END",
    ]


def _source_on_sqlite(source: Source) -> str:
    return (
        f"SELECT '{source.kind}' AS kind, {source.key.format(row='r')} AS key, b.id AS bead_id, "
        f"{_seen_in('b')} AS project_id, r.{source.at} AS at, r.rowid AS place "
        f"FROM {source.table} r JOIN beads b ON b.id = {source.bead.format(row='r')}"
    )


def _texts_on_sqlite(source: Source) -> str:
    return (
        f"SELECT d.id, {_indexed_on_sqlite(source, 'r')} FROM search_documents d JOIN {source.table} r "
        f"ON {_found_by(source)} WHERE d.kind = '{source.kind}'"
    )


def _found_by(source: Source) -> str:
    """The row of a document, by its index."""
    if source.kind != "turn":
        return "r.id = d.key"
    slash = "instr(d.key, '/')"
    return f"r.run_id = substr(d.key, 1, {slash} - 1) AND r.number = CAST(substr(d.key, {slash} + 1) AS INTEGER)"


def _indexed_on_sqlite(source: Source, row: str) -> str:
    listed = f"coalesce((SELECT group_concat(value, ' ') FROM json_each({row}.tags)), '')"
    tags = f"CASE {row}.tags WHEN '[]' THEN '' ELSE {listed} END"
    told = _texts(source, row, tags)
    return ", ".join(f"{_spaced(text)} AS {part}" for part, text in told.items())


def _spaced(text: str) -> str:
    """`text` with spaces around each character of UNSPACED. SQLite has no patterns to replace by."""
    if text == NOTHING:
        return text
    apart = (
        "unicode(sign) >= 0x2e80 OR unicode(sign) BETWEEN 0xe00 AND 0x109f OR unicode(sign) BETWEEN 0x1780 AND 0x17ff"
    )
    pieces = (
        f"SELECT substr(whole, p.n * {PIECE} + 1, {PIECE}) AS piece FROM search_steps p "
        f"WHERE p.n * {PIECE} < length(whole) LIMIT -1"
    )
    signs = (
        f"SELECT substr(piece, s.n + 1, 1) AS sign FROM ({pieces}) CROSS JOIN search_steps s "
        f"WHERE s.n < {PIECE} AND s.n < length(piece) LIMIT -1"
    )
    joined = f"(SELECT group_concat(CASE WHEN {apart} THEN ' ' || sign || ' ' ELSE sign END, '') FROM ({signs}))"
    has_some = f"length(CAST(whole AS BLOB)) > length(whole) AND whole GLOB '*[{UNSPACED}]*'"
    return f"(SELECT CASE WHEN {has_some} THEN {joined} ELSE whole END FROM (SELECT {text} AS whole LIMIT -1))"


def _triggers_on_sqlite(source: Source) -> list[str]:
    name, of, parts = f"search_{source.kind}", source.table, ", ".join(PARTS)
    old, new = (f"kind = '{source.kind}' AND key = {source.key.format(row=row)}" for row in ("OLD", "NEW"))
    document = (
        f"INSERT INTO search_documents (kind, key, bead_id, project_id) SELECT '{source.kind}', "
        f"{source.key.format(row='NEW')}, b.id, {_seen_in('b')} FROM beads b "
        f"WHERE b.id = {source.bead.format(row='NEW')}; "
    )
    forget = (
        f"INSERT INTO search_index (search_index, rowid, {parts}) SELECT 'delete', id, "
        f"{_indexed_on_sqlite(source, 'OLD')} FROM search_documents WHERE {old}; "
    )
    learn = (
        f"INSERT INTO search_index (rowid, {parts}) SELECT id, {_indexed_on_sqlite(source, 'NEW')} "
        f"FROM search_documents WHERE {new}; "
    )
    return [
        f"CREATE TRIGGER {name}_added AFTER INSERT ON {of} BEGIN {document}{learn}END",
        f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {', '.join(source.made_of)} ON {of} "
        f"WHEN {_differs(source, 'IS NOT')} BEGIN {forget}{learn}END",
        f"CREATE TRIGGER {name}_gone AFTER DELETE ON {of} BEGIN {forget}DELETE FROM search_documents WHERE {old}; END",
    ]


def _on_postgres() -> list[str]:
    return [
        _words_on_postgres(),
        "CREATE TABLE search_documents (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind TEXT NOT NULL, "
        "key TEXT NOT NULL, bead_id TEXT NOT NULL, project_id TEXT, title TSVECTOR NOT NULL, words TSVECTOR NOT NULL, "
        "UNIQUE (key, kind))",
        "CREATE VIEW search_sources AS " + " UNION ALL ".join(_source_on_postgres(source) for source in SOURCES),
        "INSERT INTO search_documents (kind, key, bead_id, project_id, title, words) "
        "SELECT kind, key, bead_id, project_id, title, words FROM search_sources ORDER BY at",
        "CREATE INDEX search_documents_bead ON search_documents (bead_id)",
        "CREATE INDEX search_documents_title ON search_documents USING gin (title)",
        "CREATE INDEX search_documents_words ON search_documents USING gin (words)",
        *(statement for source in SOURCES for statement in _triggers_on_postgres(source)),
        "CREATE FUNCTION search_bead_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"UPDATE search_documents SET project_id = {_seen_in('NEW')} WHERE bead_id = NEW.id; RETURN NULL; END $$",
        "CREATE TRIGGER search_bead_moved AFTER UPDATE OF project_id, source_status ON beads FOR EACH ROW "
        f"WHEN (({_seen_in('OLD')}) IS DISTINCT FROM ({_seen_in('NEW')})) EXECUTE FUNCTION search_bead_moved()",
    ]


def _words_on_postgres() -> str:
    """Letters and digits in small letters without accents, the rest as spaces; ICU knows them in any locale."""
    icu = "SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'"
    by = ' COLLATE "und-x-icu"' if op.get_bind().exec_driver_sql(icu).first() else ""
    plain = r"normalize(regexp_replace(normalize(t, NFD), '([A-Za-z])[\u0300-\u036f]+', '\1', 'g'), NFC)"
    spaced = rf"regexp_replace({plain}, '([\u0e00-\u109f\u1780-\u17ff\u2e80-\U0010ffff])', ' \1 ', 'g')"
    return (
        "CREATE FUNCTION search_words(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT "
        r"CASE WHEN octet_length(t) = length(t) THEN regexp_replace(lower(t), '[^a-z0-9]+', ' ', 'g') "
        rf"ELSE regexp_replace(lower(({spaced}){by}), '[^[:alnum:]]+', ' ', 'g') END $$"
    )


def _vectors(source: Source, row: str) -> tuple[str, str]:
    """The words of the title, and all of them."""
    tags = f"coalesce((SELECT string_agg(value, ' ') FROM jsonb_array_elements_text({row}.tags)), '')"
    told = _texts(source, row, tags)
    everything = f"{told['title']} || ' ' || {told[source.part]}" if source.kind == "bead" else told[source.part]
    title, words = (f"to_tsvector('simple', search_words({text}))" for text in (told["title"], everything))
    return title, words


def _source_on_postgres(source: Source) -> str:
    title, words = _vectors(source, "r")
    return (
        f"SELECT '{source.kind}'::text AS kind, {source.key.format(row='r')} AS key, b.id::text AS bead_id, "
        f"{_seen_in('b')} AS project_id, r.{source.at} AS at, {title} AS title, {words} AS words "
        f"FROM {source.table} r JOIN beads b ON b.id = {source.bead.format(row='r')}"
    )


def _triggers_on_postgres(source: Source) -> list[str]:
    name, of = f"search_{source.kind}", source.table
    title, words = _vectors(source, "NEW")
    old, new = (f"kind = '{source.kind}' AND key = {source.key.format(row=row)}" for row in ("OLD", "NEW"))
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN DELETE FROM search_documents WHERE {old}; "
        f"ELSIF TG_OP = 'UPDATE' THEN UPDATE search_documents SET title = {title}, words = {words} WHERE {new}; "
        "ELSE INSERT INTO search_documents (kind, key, bead_id, project_id, title, words) "
        f"SELECT '{source.kind}', {source.key.format(row='NEW')}, b.id, {_seen_in('b')}, {title}, {words} "
        f"FROM beads b WHERE b.id = {source.bead.format(row='NEW')}; END IF; RETURN NULL; END $$",
        f"CREATE TRIGGER {name}_added AFTER INSERT ON {of} FOR EACH ROW EXECUTE FUNCTION {name}()",
        f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {', '.join(source.made_of)} ON {of} FOR EACH ROW "
        f"WHEN ({_differs(source, 'IS DISTINCT FROM')}) EXECUTE FUNCTION {name}()",
        f"CREATE TRIGGER {name}_gone AFTER DELETE ON {of} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
