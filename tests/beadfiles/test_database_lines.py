"""What bd kept in SQLite, taken in as if it had come as a file."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from loom_app.beadfiles.database_lines import lines_of_database
from loom_app.beadfiles.jsonl import decode, parse
from loom_app.kernel.errors import Invalid

EARLY = """
CREATE TABLE issues (id TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT, status TEXT, priority INTEGER,
    issue_type TEXT, assignee TEXT, estimated_minutes INTEGER, created_at DATETIME, updated_at DATETIME,
    closed_at DATETIME);
CREATE TABLE dependencies (issue_id TEXT, depends_on_id TEXT, type TEXT, created_at DATETIME, created_by TEXT);
CREATE TABLE labels (issue_id TEXT, label TEXT);
CREATE TABLE comments (id INTEGER PRIMARY KEY, issue_id TEXT, author TEXT, text TEXT, created_at DATETIME);
"""
"""The tables of the first versions."""
LATER = {
    "issues": (
        "content_hash TEXT", "design TEXT DEFAULT ''", "acceptance_criteria TEXT DEFAULT ''", "notes TEXT DEFAULT ''",
        "created_by TEXT DEFAULT ''", "owner TEXT DEFAULT ''", "close_reason TEXT DEFAULT ''",
        "closed_by_session TEXT DEFAULT ''", "external_ref TEXT", "spec_id TEXT", "due_at DATETIME",
        "defer_until DATETIME", "source_repo TEXT DEFAULT '.'", "source_system TEXT DEFAULT ''",
        "compaction_level INTEGER DEFAULT 0", "compacted_at DATETIME", "original_size INTEGER", "deleted_at TEXT",
        "deleted_by TEXT DEFAULT ''", "delete_reason TEXT DEFAULT ''", "original_type TEXT DEFAULT ''",
        "sender TEXT DEFAULT ''", "ephemeral INTEGER DEFAULT 0", "pinned INTEGER DEFAULT 0",
        "is_template INTEGER DEFAULT 0", "crystallizes INTEGER DEFAULT 0", "mol_type TEXT DEFAULT ''",
        "work_type TEXT DEFAULT 'mutex'", "quality_score REAL", "await_type TEXT", "await_id TEXT",
        "timeout_ns INTEGER", "waiters TEXT", "hook_bead TEXT DEFAULT ''", "last_activity DATETIME",
        "event_kind TEXT DEFAULT ''", "actor TEXT DEFAULT ''", "payload TEXT DEFAULT ''",
        "metadata TEXT DEFAULT '{}'", "commits TEXT DEFAULT ''",
    ),
    "dependencies": ("metadata TEXT DEFAULT '{}'", "thread_id TEXT DEFAULT ''"),
}  # fmt: skip
"""The columns that came by and by, the last of them in a copy of the tool that others changed."""
BARE = {
    "title": "T", "description": "", "status": "open", "priority": 2, "issue_type": "task",
    "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z",
}  # fmt: skip


@contextmanager
def kept(path: Path, *, early: bool = False) -> Iterator[sqlite3.Connection]:
    """A database of the tool, to be filled; of the first versions, or of version 0.49."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(EARLY)
        for table, columns in {} if early else LATER.items():
            for column in columns:
                database.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
        yield database
        database.commit()


def put(database: sqlite3.Connection, table: str, **row: Any) -> None:
    """A row."""
    marks = ", ".join("?" * len(row))
    database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def told(path: Path) -> list[dict[str, Any]]:
    """The lines, all of which are good."""
    text = lines_of_database(path)
    assert parse(text).problems == []
    return [json.loads(line) for line in text.splitlines()]


def test_every_column_that_says_something_is_in_the_line(tmp_path: Path) -> None:
    whole: dict[str, Any] = BARE | {
        "id": "bd-1", "title": "A \u00fc", "description": "d", "design": "e", "acceptance_criteria": "a", "notes": "n",
        "status": "closed", "priority": 0, "assignee": "bob", "owner": "o@x", "created_by": "ann",
        "estimated_minutes": 0, "closed_at": "2026-01-03T00:00:00.5Z", "close_reason": "r", "closed_by_session": "s",
        "external_ref": "gh-1", "spec_id": "sp", "due_at": "2026-02-01T00:00:00+02:00", "source_system": "x",
        "defer_until": "2026-02-02T00:00:00Z", "compaction_level": 1, "compacted_at": "2026-01-04T00:00:00Z",
        "original_size": 5, "sender": "m", "mol_type": "swarm", "work_type": "open_competition", "quality_score": 0.5,
        "await_type": "timer", "await_id": "t", "hook_bead": "bd-2", "last_activity": "2026-01-05T00:00:00Z",
        "event_kind": "k", "actor": "z", "payload": "p", "commits": "abc", "source_repo": "other",
    }  # fmt: skip
    stored = {"content_hash": "ab", "timeout_ns": 5, "waiters": '["w"]', "ephemeral": 1, "pinned": 1, "is_template": 1}
    with kept(tmp_path / "beads.db") as database:
        put(
            database,
            "issues",
            **whole,
            **stored,
            crystallizes=1,
            metadata='{"n": 1.50, "big": 12345678901234567890123}',
        )
        put(database, "issues", id="bd-2", **BARE)
    first, second = lines_of_database(tmp_path / "beads.db").splitlines()
    assert '"metadata":{"n":1.50,"big":12345678901234567890123}' in first
    line = json.loads(first)
    assert line.pop("metadata")["n"] == 1.5
    flags = dict.fromkeys(("ephemeral", "pinned", "is_template", "crystallizes"), True)
    assert line == whole | flags | {"timeout": 5, "waiters": ["w"]}
    assert json.loads(second) == {"id": "bd-2"} | {name: value for name, value in BARE.items() if value != ""}


def test_labels_dependencies_and_comments_are_in_the_line(tmp_path: Path) -> None:
    at = "2026-01-01T00:00:00Z"
    link = {"issue_id": "bd-2", "depends_on_id": "bd-1", "type": "waits-for", "created_at": at, "created_by": "ann"}
    said = {"issue_id": "bd-2", "author": "ann", "text": "hello", "created_at": at}
    with kept(tmp_path / "beads.db") as database:
        for number in (2, 1, 3):
            put(database, "issues", id=f"bd-{number}", **BARE)
        put(database, "dependencies", **link, metadata='{"gate":"any-children"}', thread_id="th")
        put(database, "dependencies", **link | {"depends_on_id": "external:x:y", "type": "blocks"})
        for label in ("b", "a"):
            put(database, "labels", issue_id="bd-2", label=label)
        put(database, "comments", id=7, **said)
    first, second, third = told(tmp_path / "beads.db")
    assert [first["id"], second["id"], third["id"]] == ["bd-1", "bd-2", "bd-3"]
    assert second["labels"] == ["a", "b"]
    assert second["dependencies"] == [
        link | {"metadata": '{"gate":"any-children"}', "thread_id": "th"},
        link | {"depends_on_id": "external:x:y", "type": "blocks"},
    ]
    assert second["comments"] == [{"id": 7} | said]
    assert not first.keys() & {"labels", "dependencies", "comments"}


def test_the_first_versions_are_read_and_what_was_deleted(tmp_path: Path) -> None:
    with kept(tmp_path / "early.db", early=True) as database:
        put(database, "issues", id="bd-1", **BARE)
    assert [line["id"] for line in told(tmp_path / "early.db")] == ["bd-1"]
    gone = {"deleted_at": "2026-01-03T00:00:00Z", "deleted_by": "ann", "delete_reason": "twice", "original_type": "bug"}
    with kept(tmp_path / "later.db") as database:
        put(database, "issues", id="bd-1", **BARE | {"status": "tombstone"}, **gone)
    assert told(tmp_path / "later.db")[0].items() >= gone.items()


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("2026-01-02T03:04:05.123456789-08:00", "2026-01-02T03:04:05.123456789-08:00"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05Z"),
        ("2026-01-02 03:04:05.5+02:00", "2026-01-02T03:04:05.5+02:00"),
        ("2026-01-02 03:04:05.999999 +0000 UTC", "2026-01-02T03:04:05.999999Z"),
        ("2026-01-02 03:04:05.1 -0800 PST m=+0.012345", "2026-01-02T03:04:05.1-08:00"),
        ("2026-01-02 03:04:05 +0330 +0330", "2026-01-02T03:04:05+03:30"),
        (b"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
    ],
)
def test_times_are_read_however_they_were_written(tmp_path: Path, stored: object, expected: str) -> None:
    with kept(tmp_path / "beads.db") as database:
        put(database, "issues", id="bd-1", **BARE | {"updated_at": stored})
    assert told(tmp_path / "beads.db")[0]["updated_at"] == expected


def test_what_a_line_cannot_say_is_a_problem_with_its_id(tmp_path: Path) -> None:
    with kept(tmp_path / "beads.db") as database:
        put(database, "issues", id="bd-1", **BARE | {"updated_at": "yesterday"})
        put(database, "issues", id="bd-2", **BARE | {"title": "x" * 501})
    problems = [problem.told for problem in parse(lines_of_database(tmp_path / "beads.db")).problems]
    assert problems[0].startswith("line 1 (bd-1) updated_at is 'yesterday', which is no time")
    assert problems[1].startswith("line 2 (bd-2) title has 501 characters")


def test_what_is_no_database_of_the_tool_is_named(tmp_path: Path) -> None:
    for name, data, reason in (
        ("cut", b"SQLite format 3\x00" + b"\x10\x00" * 50, "cannot be read as a database: "),
        ("text", b"SQLite format 3\x00, says this text", "cannot be read as a database: "),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Invalid, match=reason):
            lines_of_database(tmp_path / name)
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("CREATE TABLE beads (id TEXT)")
    with pytest.raises(Invalid, match="no table comments, dependencies, issues, labels"):
        lines_of_database(tmp_path / "other.db")
    with pytest.raises(Invalid, match="is a database"):
        decode((tmp_path / "other.db").read_bytes())


def test_it_is_read_while_the_tool_writes_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "beads.db"
    with kept(path) as database:
        put(database, "issues", id="bd-1", **BARE)
        database.commit()
        database.execute("PRAGMA journal_mode=WAL")
        put(database, "issues", id="bd-2", **BARE)
        database.commit()
        put(database, "issues", id="bd-3", **BARE)
        assert [line["id"] for line in told(path)] == ["bd-1", "bd-2"]
        database.rollback()
    before = path.read_bytes()
    assert len(told(path)) == 2
    assert path.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_folder_that_cannot_be_written_to_is_enough(tmp_path: Path) -> None:
    folder = tmp_path / ".beads"
    folder.mkdir()
    with kept(folder / "beads.db") as database:
        database.execute("PRAGMA journal_mode=WAL")
        put(database, "issues", id="bd-1", **BARE)
    folder.chmod(0o500)
    assert len(told(folder / "beads.db")) == 1
    folder.chmod(0o700)
