"""The database: transactions that commit or vanish, readers beside a writer, moments with their zone."""

import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlmodel import col

from loom_app.kernel.clock import now
from loom_app.kernel.database import Database, at_commit
from loom_app.kernel.errors import Unavailable
from loom_app.kernel.migrate import upgrade
from loom_app.projects.models import Project
from tests.support import rows


async def test_an_error_undoes_everything(db: Database) -> None:
    with pytest.raises(RuntimeError):
        await _add_and_fail(db)
    async with db.read() as tx:
        assert await tx.get(Project, "kitchen") is None


async def test_a_reader_is_not_held_up_by_a_writer_and_sees_no_half_work(db: Database) -> None:
    async with db.write() as writing:
        writing.add(Project(id="kitchen", name="Kitchen"))
        await writing.flush()
        async with asyncio.timeout(5), db.read() as tx:
            assert await tx.get(Project, "kitchen") is None
    async with db.read() as tx:
        assert await tx.get(Project, "kitchen") is not None


async def test_writers_of_two_processes_wait_for_each_other(db: Database) -> None:
    await rows.project(db)
    other = Database(db.url.render_as_string(hide_password=False))

    async def count_up(at: Database) -> None:
        for _ in range(20):
            async with at.write() as tx:
                project = await tx.get(Project, "kitchen", with_for_update=True)
                assert project is not None
                project.attributes = {"n": project.attributes.get("n", 0) + 1}

    await asyncio.gather(count_up(db), count_up(other))
    async with db.read() as tx:
        project = await tx.get(Project, "kitchen")
    assert project is not None
    assert project.attributes == {"n": 40}
    await other.dispose()


async def test_reading_changes_nothing(db: Database) -> None:
    async with db.read() as tx:
        tx.add(Project(id="kitchen", name="Kitchen"))
    async with db.read() as tx:
        assert await tx.get(Project, "kitchen") is None


async def test_a_moment_without_a_zone_is_refused_and_one_with_it_comes_back_in_utc(db: Database) -> None:
    moment = now()
    async with db.write() as tx:
        tx.add(Project(id="kitchen", name="Kitchen", created_at=moment))
    async with db.read() as tx:
        project = await tx.get(Project, "kitchen")
    assert project is not None
    assert project.created_at == moment
    assert project.created_at.utcoffset() is not None
    with pytest.raises(StatementError, match="without a zone"):
        await _add(db, Project(id="cellar", name="Cellar", created_at=datetime(2026, 2, 21)))  # noqa: DTZ001


async def test_foreign_keys_hold(db: Database) -> None:
    with pytest.raises(DBAPIError):
        await _execute(db, "INSERT INTO leases (bead_id, token, holder, run_id) VALUES ('none', 1, '', '')")


async def test_the_last_word_before_a_commit_is_said_once_and_can_undo_it(db: Database) -> None:
    said: list[str] = []

    async def say(_: object) -> None:
        said.append("now")

    async with db.write() as tx:
        at_commit(tx, "word", say)
        at_commit(tx, "word", say)
    assert said == ["now"]


async def test_postgresql_compiles_no_statement_first_and_waits_for_nobody_for_ever(db: Database) -> None:
    if db.is_sqlite:
        return
    for opened in (db.read, db.write):
        async with opened() as tx:
            assert (await tx.execute(text("SHOW jit"))).scalar_one() == "off"
            assert (await tx.execute(text("SHOW idle_in_transaction_session_timeout"))).scalar_one() == "30s"


async def test_bringing_the_schema_up_to_date_again_changes_nothing(db: Database) -> None:
    await upgrade(db)
    await asyncio.gather(upgrade(db), upgrade(db))
    await db.ping()


async def _add_and_fail(db: Database) -> None:
    async with db.write() as tx:
        tx.add(Project(id="kitchen", name="Kitchen"))
        await tx.flush()
        raise RuntimeError


async def _add(db: Database, project: Project) -> None:
    async with db.write() as tx:
        tx.add(project)


async def _execute(db: Database, statement: str) -> None:
    async with db.write() as tx:
        await tx.execute(text(statement))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match=r"file for the database cannot be made: File exists\. Set LOOM_DATA_DIR"):
        Database(f"sqlite+aiosqlite:///{tmp_path}/file/loom.db")


async def test_a_glance_sees_what_any_process_committed_and_nothing_else(db: Database) -> None:
    names = select(col(Project.id)).where(col(Project.id) == bindparam("wanted"))
    other = Database(db.url.render_as_string(hide_password=False))
    assert await db.glance(names, {"wanted": "kitchen"}) == []
    async with other.write() as tx:
        tx.add(Project(id="kitchen", name="Kitchen"))
        await tx.flush()
        assert await db.glance(names, {"wanted": "kitchen"}) == []
    assert [row.id for row in await db.glance(names, {"wanted": "kitchen"})] == ["kitchen"]
    await other.dispose()


async def test_a_glance_holds_no_writer_up_and_writes_nothing(db: Database) -> None:
    count = select(func.count().label("amount")).select_from(Project)
    for number in range(20):
        async with asyncio.timeout(5):
            await rows.project(db, f"p{number}")
        assert (await db.glance(count, {}))[0].amount == number + 1
    if db.is_sqlite:
        with pytest.raises(DBAPIError, match="readonly"):
            await db.glance(text("DELETE FROM projects"), {})  # type: ignore[arg-type]
