"""The SQLite database that the beads tool kept until version 0.50, as the lines of its file. Only reads."""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from loom_app.beadfiles.jsontext import NotJson, compact, dump, load, object_of
from loom_app.beadfiles.keys import in_order
from loom_app.kernel.errors import Invalid, TooLarge

Row = dict[str, Any]
MAGIC = b"SQLite format 3\x00"
"""How such a file begins."""
MOST_BYTES = 1024**3
LONGEST_VALUE = 64 * 1024 * 1024
BUSY_SECONDS = 5
OWN = {"content_hash", "id_prefix"}
"""Columns that the tool computes for itself."""
NAMES = {"timeout_ns": "timeout", "creator_json": "creator", "validations_json": "validations"}
FLAGS = {"ephemeral", "pinned", "is_template", "crystallizes", "no_history"}
STRUCTURES = {"metadata", "waiters", "bonded_from", "creator_json", "creator", "validations_json", "validations"}
"""Columns of `issues` whose text is JSON, which a line has as it is."""
SAY_NOTHING = {"source_repo": ".", "work_type": "mutex"}
"""What columns hold where nobody said anything."""
ALWAYS = {"id", "title", "priority", "estimated_minutes", "created_at", "updated_at"}
"""What a line has also where it is zero."""
GO_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?: ?([+-]\d\d):?(\d\d)|Z)?(?: [A-Z+-][\w+-]*)?(?: m=\S+)?"
)
"""How its drivers wrote times: as SQL does, as RFC 3339 says, and as Go prints them, with the zone's name and more."""


def lines_of_database(path: Path) -> str:
    """The beads of a database as JSON lines in order of id, with labels, dependencies and comments.

    Raises Invalid for a file that is no database of the beads tool or is damaged, TooLarge beyond 1 GiB.
    """
    if path.stat().st_size > MOST_BYTES:
        raise TooLarge(f"{path} has more than 1 GiB; export it with bd and import the file of lines.")
    try:
        with _opened(path) as database:
            _check(database, path)
            return "".join(_lines(database))
    except (sqlite3.Error, ValueError) as error:
        raise Invalid(
            f"{path} cannot be read as a database: {error}. Nothing was changed.", code="bad_database"
        ) from error


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Without writing beside it where its folder cannot be written to."""
    try:
        database = _connected(path, "mode=ro")
    except sqlite3.OperationalError:
        if path.with_name(f"{path.name}-wal").exists():
            raise
        database = _connected(path, "mode=ro&immutable=1")
    with closing(database):
        yield database


def _connected(path: Path, how: str) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=BUSY_SECONDS)
    try:
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        database.execute("PRAGMA trusted_schema=OFF")
        database.execute("BEGIN")
        database.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.Error:
        database.close()
        raise
    database.row_factory = _row
    return database


def _row(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    """A row by names; texts that were stored as bytes are texts."""
    names = (column[0] for column in cursor.description)
    plain = (value.decode() if isinstance(value, bytes) else value for value in values)
    return dict(zip(names, plain, strict=True))


def _check(database: sqlite3.Connection, path: Path) -> None:
    found = {row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    missing = {"issues", "dependencies", "labels", "comments"} - found
    if missing:
        told = ", ".join(sorted(missing))
        raise Invalid(f"{path} is a database, but none of the beads tool: it has no table {told}.", code="bad_database")


def _lines(database: sqlite3.Connection) -> Iterator[str]:
    labels = _by_issue(database, "SELECT issue_id, label FROM labels ORDER BY issue_id, label")
    links = _by_issue(database, "SELECT * FROM dependencies ORDER BY issue_id, depends_on_id")
    said = _by_issue(database, "SELECT * FROM comments ORDER BY issue_id, created_at, id")
    for row in database.execute("SELECT * FROM issues ORDER BY id"):
        of_it = str(row["id"])
        relations = {
            "labels": [dump(label["label"]) for label in labels[of_it]],
            "dependencies": [object_of(_members(link)) for link in links[of_it]],
            "comments": [object_of(_members(one)) for one in said[of_it]],
        }
        lists = {name: f"[{','.join(entries)}]" for name, entries in relations.items() if entries}
        yield object_of(_of_issue(row) | lists) + "\n"


def _by_issue(database: sqlite3.Connection, query: str) -> Mapping[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in database.execute(query):
        found[str(row["issue_id"])].append(row)
    return found


def _of_issue(row: Row) -> dict[str, str]:
    """The members that a row of `issues` has in a line: those that say anything."""
    told = {name: value for name, value in row.items() if name not in OWN and SAY_NOTHING.get(name) != value}
    whole = {name: _structure(told.pop(name)) for name in STRUCTURES & told.keys()}
    members = _members(told) | {name: text for name, text in whole.items() if text}
    return in_order({NAMES.get(name, name): text for name, text in members.items()}, [])


def _members(row: Row) -> dict[str, str]:
    """As `_of_issue` for a row of another table; the metadata of a dependency is a text in a line, too."""
    return {
        name: dump(_value(name, value))
        for name, value in row.items()
        if value is not None and (name in ALWAYS or value not in ("", "{}", 0))
    }


def _structure(text: Any) -> str:
    """A text of JSON as a line has it, or as a text where it is none."""
    try:
        return compact(text) if text and load(text) not in ({}, [], None) else ""
    except NotJson:
        return dump(text)


def _value(name: str, value: Any) -> Any:
    """A flag or a time as lines have it. What is neither stays as it is, be it to be told of."""
    if name in FLAGS and value in (0, 1):
        return bool(value)
    is_time = isinstance(value, str) and (name.endswith(("_at", "_until")) or name == "last_activity")
    found = GO_TIME.fullmatch(value) if is_time else None
    if found is None:
        return value
    day, clock, hours, minutes = found.groups()
    return f"{day}T{clock}{f'{hours}:{minutes}' if hours and (hours, minutes) != ('+00', '00') else 'Z'}"
