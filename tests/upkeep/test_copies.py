"""Copies of the database: whole or not at all, so many kept, and put back as they were."""

import os
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlmodel import col

from loom_app.config import Backups, DatabaseSettings, Retention, Settings
from loom_app.events.models import Event
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from loom_app.runs.models import Run, RunAction, RunStatus, Turn
from loom_app.supervisor import status
from loom_app.supervisor.status import ProcessStatus
from loom_app.upkeep import commands, copies, service
from tests.support import rows

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def template(sqlite_template: Path) -> Path:
    """SQLite; how PostgreSQL is copied is tested below."""
    return sqlite_template


def titles(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as db:
        return [title for (title,) in db.execute("SELECT title FROM beads")]


async def told(db: Database, type_: str) -> list[dict[str, object]]:
    async with db.read() as tx:
        found = (
            await tx.execute(select(col(Event.data)).where(col(Event.type) == type_).order_by(col(Event.seq)))
        ).all()
    return [row.data for row in found]


async def test_a_copy_is_sound_and_holds_what_there_was(db: Database, settings: Settings) -> None:
    await rows.project(db)
    await rows.bead(db)
    made = await service.back_up(db, settings)
    assert titles(made.file) == ["Weigh the flour"]
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert copies.check(made.file) == ""
    assert (await told(db, "backup.made")) == [{"file": made.file.name, "bytes": made.file.stat().st_size}]
    assert [one.file for one in copies.kept(service.folder(settings))] == [made.file]


async def test_the_command_makes_one_and_tells_of_it(db: Database, settings: Settings) -> None:
    of = settings.model_copy(update={"database": DatabaseSettings(url=db.url.render_as_string(hide_password=False))})
    said = await commands._made(of)
    (made,) = copies.kept(service.folder(of))
    assert said.startswith(str(made.file))
    assert len(await told(db, "backup.made")) == 1


async def test_only_so_many_are_kept_and_other_files_stay(db: Database, settings: Settings) -> None:
    folder = service.folder(settings)
    folder.mkdir(parents=True)
    for day in range(1, 5):
        (folder / f"loom-2026110{day}T000000Z.db").write_text("old")
    (folder / "loom-notes.txt").write_text("mine")
    made = copies.make(db.url, folder, keep=2)
    assert sorted(file.name for file in folder.iterdir()) == [
        "loom-20261104T000000Z.db",
        made.file.name,
        "loom-notes.txt",
    ]


async def test_a_full_disk_ends_copies_first_and_says_so(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**34, 2**34, 2**29))
    with pytest.raises(Unavailable, match="1 GiB stays free"):
        await service.back_up(db, settings)
    assert list(service.folder(settings).iterdir()) == []
    ((failed,)) = await told(db, "backup.failed")
    assert "512 MiB free" in str(failed["why"])


async def test_a_copy_that_is_not_sound_is_not_kept(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "check", lambda _: "page 3 is gone")
    with pytest.raises(Unavailable, match="page 3 is gone"):
        await service.back_up(db, settings)
    assert list(service.folder(settings).iterdir()) == []


async def test_copies_are_due_by_their_age_and_by_that_of_the_installation(db: Database, settings: Settings) -> None:
    later = now() + timedelta(hours=25)
    assert not await service.due(db, settings, later), "nothing has happened here yet"
    async with db.write() as tx:
        append(tx, "backup.failed", actor=SYSTEM, data={"why": "x"})
    assert not await service.due(db, settings, now())
    assert await service.due(db, settings, later)
    await service.back_up(db, settings)
    assert not await service.due(db, settings, now())
    assert await service.due(db, settings, later)
    never = settings.model_copy(update={"backups": Backups(every_hours=0)})
    assert not await service.due(db, never, later)


async def test_what_was_copied_is_put_back_and_the_present_set_aside(db: Database, settings: Settings) -> None:
    await rows.project(db)
    await rows.bead(db)
    made = await service.back_up(db, settings)
    await rows.bead(db, "kitchen-2")
    await db.dispose()
    before = copies.restore(db.url, made.file)
    place = Path(db.url.database or "")
    assert before is not None
    assert (len(titles(place)), len(titles(before))) == (1, 2)
    assert not Path(f"{place}-wal").exists()


async def test_nothing_is_put_back_that_is_no_copy_or_while_loom_runs(
    db: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = tmp_path / "broken.db", tmp_path / "other.db"
    broken.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with closing(sqlite3.connect(other)) as foreign:
        foreign.execute("CREATE TABLE beads (id)")
    for file, error in ((broken, Invalid), (other, Invalid), (tmp_path / "none.db", NotFound)):
        with pytest.raises(error):
            copies.restore(db.url, file)
    with pytest.raises(Unavailable, match="pg_restore"):
        copies.restore(make_url("postgresql://loom@db/loom"), broken)
    monkeypatch.setattr(commands, "settings", lambda: settings)
    status.write(settings.data_dir, [ProcessStatus("web", pid=os.getpid(), state=status.State.RUNNING)])
    with pytest.raises(Conflict, match="Stop it first"):
        commands.restore(broken)


async def test_postgresql_is_dumped_by_its_own_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(
        '#!/bin/sh\nfor word; do case $word in --file=*) echo "$PGPASSWORD $*" > "${word#--file=}";; esac; done\n'
    )
    program.chmod(0o755)
    url = make_url("postgresql+asyncpg://loom:s3cret@db.example:5433/loom")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable, match="pg_dump, which is not on PATH"):
        copies.make(url, tmp_path / "copies", keep=3)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    said = copies.make(url, tmp_path / "copies", keep=3).file.read_text()
    assert said.startswith("s3cret --format=custom")
    assert said.strip().endswith("postgresql://loom@db.example:5433/loom")
    program.write_text('#!/bin/sh\necho "the server is away" >&2\nexit 1\n')
    with pytest.raises(Unavailable, match="the server is away"):
        copies.make(url, tmp_path / "copies", keep=3)


async def test_texts_of_runs_are_forgotten_when_they_are_old_enough(db: Database, settings: Settings) -> None:
    await rows.project(db)
    await rows.bead(db)
    for name, days in (("old", 40), ("new", 3), ("older", 50)):
        async with db.write() as tx:
            ended = now() - timedelta(days=days)
            tx.add(
                Run(
                    id=name, bead_id="kitchen-1", project_id="kitchen", agent_id="a", provider_id="m", model="m",
                    token=days, status=RunStatus.FINISHED, ended_at=ended, diff="+ flour",
                )
            )  # fmt: skip
            await tx.flush()
            tx.add(Turn(run_id=name, number=1, prompt="secret of the house", reply="yes", cost_micros=7))
            tx.add(RunAction(run_id=name, turn=1, position=1, type="read_file", parameters={"path": "x"}))
    assert await service.forget(db, settings) == 0
    kept = settings.model_copy(update={"retention": Retention(conversation_days=30)})
    assert await service.forget(db, kept) == 2
    assert await service.forget(db, kept) == 0
    assert await told(db, "retention.done") == [{"conversations": 2, "days": 30}]
    async with db.read() as tx:
        for name, prompt in (("old", ""), ("older", ""), ("new", "secret of the house")):
            turn = await tx.get(Turn, (name, 1))
            assert turn is not None
            assert (turn.prompt, turn.cost_micros) == (prompt, 7)
