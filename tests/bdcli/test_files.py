"""Files of beads in and out on the command line."""

import asyncio
import contextlib
import io
import json
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from loom_app.bdcli import place
from loom_app.beadfiles.filewrite import write_whole
from loom_app.beadfiles.turns import importing_alone
from loom_app.config import DatabaseSettings, Settings
from loom_app.kernel.database import Database
from loom_app.supervisor.places import ROOT
from tests.bdcli.conftest import Bd
from tests.beadfiles.test_database_lines import BARE, kept, put
from tests.beadfiles.test_interchange import line
from tests.beadfiles.test_jsonl import ODDITIES
from tests.beads.making import project


async def test_a_file_goes_in_and_comes_out_the_same(bd: Bd, db: Database, tmp_path: Path) -> None:
    await project(db)
    code, out, _ = await bd("import", str(ODDITIES))
    assert (code, out) == (0, "11 created, 0 updated, 0 unchanged, 0 stale, 0 skipped.\n")
    target = tmp_path / "out" / "issues.jsonl"
    target.parent.mkdir()
    target.write_text("old")
    target.chmod(0o640)
    code, out, errors = await bd("export", "--output", str(target))
    assert (code, out) == (0, "")
    assert errors.endswith(f"13 lines written to {target}.\n")
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(target.parent.iterdir()) == [target]
    code, out, _ = await bd("export", "--output", "-")
    assert out.encode() == target.read_bytes()
    code, out, errors = await bd("import", "-", given=out.encode())
    assert (code, out) == (0, "0 created, 0 updated, 11 unchanged, 0 stale, 0 skipped.\n")


async def test_a_database_of_an_older_tool_goes_in_as_a_file_does(bd: Bd, db: Database, tmp_path: Path) -> None:
    await project(db)
    with kept(tmp_path / "beads.db") as database:
        put(database, "issues", id="a-1", **BARE)
        put(database, "issues", id="a-2", **BARE)
        put(database, "labels", issue_id="a-2", label="x")
    for counts in ("2 created, 0 updated, 0 unchanged", "0 created, 0 updated, 2 unchanged"):
        code, out, _ = await bd("import", str(tmp_path / "beads.db"))
        assert (code, out) == (0, f"{counts}, 0 stale, 0 skipped.\n")
    assert [(one["id"], one.get("labels")) for one in await bd.json("list", "--sort", "id")] == [
        ("a-1", None), ("a-2", ["x"]),
    ]  # fmt: skip
    with kept(tmp_path / "bad.db") as database:
        put(database, "issues", id="b-1", **BARE)
        put(database, "issues", id="b-2", **BARE | {"title": ""})
    refused = (await bd("import", str(tmp_path / "bad.db"), "--json")).errors
    assert "line 2 (b-2) has no title" in refused
    assert (await bd("show", "b-1", "--json")).refusal["code"] == "bead_not_found"


async def test_bad_lines_are_told_and_nothing_is_taken(bd: Bd, db: Database, tmp_path: Path) -> None:
    await project(db)
    bad = tmp_path / "bad.jsonl"
    bad.write_text(f"{line('a-1')}\noops\n{line('a-1')}\n<<<<<<< HEAD\n{line('a-2')}\n")
    code, out, errors = await bd("import", str(bad))
    assert (code, out) == (1, "")
    told = errors.splitlines()
    assert told[0].startswith("line 2 is no JSON")
    assert told[1] == "line 3 repeats the id a-1 of line 1"
    assert told[2].startswith("line 4 is a conflict marker")
    assert "3 of 5 lines cannot be imported and nothing was changed" in told[3]
    assert "--skip-invalid" in told[3]
    code, out, errors = await bd("import", str(bad), "--skip-invalid", "--dry-run")
    assert (code, out.startswith("Nothing was changed; it would be: 2 created")) == (0, True)
    code, out, errors = await bd("import", str(bad), "--skip-invalid")
    assert (code, out) == (0, "2 created, 0 updated, 0 unchanged, 0 stale, 3 skipped.\n")
    assert len(errors.splitlines()) == 3


async def test_what_is_missing_is_named(bd: Bd, db: Database, tmp_path: Path) -> None:
    await project(db)
    (tmp_path / "latin").write_bytes(b'{"id":"a","title":"\xe9"}')
    for arguments, expected in (
        (("import", "/nowhere.jsonl"), "/nowhere.jsonl cannot be read: No such file or directory."),
        (("import", str(tmp_path)), "cannot be read: Is a directory."),
        (("import", str(ODDITIES), "--project", "x"), "There is no project 'x'. Projects: p."),
        (("import", str(tmp_path / "latin")), "The file is not UTF-8: byte 0xe9 in line 1."),
        (("export", "--project", "x", "--output", "-"), "There is no project 'x'. Projects: p."),
        (("export", "--output", "/nowhere/f"), "/nowhere/f cannot be written: No such file"),
    ):
        code, out, errors = await bd(*arguments)
        assert (code, out) == (1, "")
        assert expected in errors
    code, _, errors = await bd("import")
    assert (code, errors) == (1, "Error: .beads/issues.jsonl cannot be read: No such file or directory.\n")


async def test_a_full_disk_is_told(bd: Bd, db: Database) -> None:
    await project(db)
    await bd("import", "-", given=line("a-1").encode())
    code, _, errors = await bd("export", "--output", "/dev/full")
    assert code == 1
    assert errors == "Error: /dev/full cannot be written: No space left on device. What was there is untouched.\n"


async def test_a_database_that_is_none_is_told(
    bd: Bd, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "not.db").write_text("this is no database, however long it may go on" * 100)
    there = Settings(database=DatabaseSettings(path=str(tmp_path / "not.db")))
    monkeypatch.setattr(place, "home_settings", lambda: there)
    code, _, errors = await bd("export", "--output", "-")
    assert (code, errors) == (1, "Error: The database failed: file is not a database. Nothing was changed.\n")


async def test_two_imports_at_once_are_one_and_a_sentence(bd: Bd, db: Database) -> None:
    await project(db)
    await project(db, "q")
    async with importing_alone(db, "p"):
        refused = (await bd("import", "-", "--json", given=line("a-1").encode())).refusal
        assert (refused["code"], "Nothing was changed" in refused["error"]) == ("import_running", True)
    assert (await bd("import", "-", given=line("a-1").encode())).out.startswith("1 created")


class Typist(io.BytesIO):
    """Standard input on which somebody types while the database is written to."""

    def __init__(self, database: str, text: bytes) -> None:
        super().__init__(text)
        self._database = database

    def read(self, size: int | None = -1, /) -> bytes:
        """The text, after another has had the database."""
        with contextlib.closing(sqlite3.connect(self._database, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
        return super().read(size)


async def test_nobody_waits_for_who_is_still_typing(bd: Bd, db: Database) -> None:
    if not db.is_sqlite:
        pytest.skip("PostgreSQL has more than one writer")
    await project(db)
    for words in (
        ("import", "-"), ("create", "A", "--stdin"), ("comment", "a-1", "--stdin"), ("note", "a-1", "-f", "-"),
        ("update", "a-1", "--body-file", "-"), ("close", "a-1", "--reason-file", "-"),
    ):  # fmt: skip
        typist = Typist(str(db.url.database), line("a-1").encode())
        done = await bd(*words, given=typist)
        assert done.code == 0, done.errors


async def test_five_thousand_beads_take_seconds_and_progress_shows_on_a_terminal(
    bd: Bd, db: Database, tmp_path: Path
) -> None:
    await project(db)
    big = tmp_path / "big.jsonl"
    big.write_text("".join(line(f"m-{n}", *([f"m-{n - 1}"] if n % 3 else [])) + "\n" for n in range(5_000)))
    ours, theirs = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOOM_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loom_app.cli", "beads", "import", str(big), "--project", "p"),
        cwd=ROOT,
        env=inherited | {"LOOM_DATABASE__URL": db.url.render_as_string(hide_password=False)},
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    out, _ = await process.communicate()
    shown = os.read(ours, 65_536).decode()
    os.close(ours)
    assert out == b"5000 created, 0 updated, 0 unchanged, 0 stale, 0 skipped.\n"
    assert "1000 of 5000 beads" in shown
    assert shown.rstrip().endswith("5000 of 5000 beads")
    _, text, _ = await bd("export", "--output", "-")
    assert [json.loads(raw)["id"] for raw in text.splitlines()] == sorted(f"m-{n}" for n in range(5_000))


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, link = tmp_path / "real", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_whole(link, b"new")
    assert (link.is_symlink(), target.read_text()) == (True, "new")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(target, b"half")
    assert target.read_text() == "new"
    assert sorted(tmp_path.iterdir()) == [link, target]
