"""The schema: migrations make what the tables say, and whoever starts first or twice does no harm."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text
from sqlmodel import SQLModel

import loom_app.tables  # noqa: F401 - fills the metadata
from loom_app.auth.models import OneTimeLink, ProjectMember
from loom_app.gitaccess.models import GitLogin
from loom_app.kernel import migrate
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Unavailable
from loom_app.kernel.migrate import upgrade
from loom_app.projects import service as projects
from tests.support import people, rows


async def test_the_migrations_make_what_the_tables_say(db: Database) -> None:
    async with db.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_an_upgrade_of_a_current_schema_changes_nothing(db: Database) -> None:
    await rows.project(db)
    await upgrade(db)
    async with db.read() as tx:
        assert (await tx.execute(text("SELECT id FROM projects"))).scalars().all() == ["kitchen"]


async def test_two_who_upgrade_at_once_both_find_the_whole_schema(empty_database: str) -> None:
    async with opened(empty_database) as first, opened(empty_database) as second:
        await asyncio.gather(upgrade(first), upgrade(second))
        async with second.engine.connect() as connection:
            assert await connection.run_sync(_differences) == []


async def test_an_upgrade_that_fails_leaves_nothing_half_made(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(empty_database) as db:
        with monkeypatch.context() as patched:
            patched.setattr(migrate, "_to_head", _migrate_on_a_full_disk)
            with pytest.raises(OSError, match="No space left"):
                await upgrade(db)
        async with db.engine.connect() as connection:
            assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == []
        await upgrade(db)


async def test_a_waiting_set_up_link_and_what_belongs_to_users_outlive_the_third_migration(db: Database) -> None:
    await rows.project(db)
    user = await people.person(db, "user")
    async with db.write() as tx:
        tx.add(ProjectMember(user_id=user.id, project_id="kitchen"))
        tx.add(OneTimeLink(token_hash="abc", purpose="setup", expires_at=now()))
    async with db.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migrate.configuration(sync), "0002"))
    async with db.engine.begin() as connection:
        assert (await connection.execute(text("SELECT token_hash FROM setup_tokens"))).scalars().all() == ["abc"]
    await upgrade(db)
    async with db.engine.connect() as connection:
        assert (await connection.execute(text("SELECT token_hash, purpose FROM one_time_links"))).all() == [
            ("abc", "setup")
        ]
        assert (await connection.execute(text("SELECT user_id FROM project_members"))).scalars().all() == [user.id]
        assert await connection.run_sync(_differences) == []


async def test_projects_that_were_there_reach_their_repositories_as_before(db: Database) -> None:
    """With the keys of whoever runs Loom; those on this machine need none."""
    addresses = {"far": "git@host.example:a/b.git", "web": "https://host.example/a", "near": "/srv/a", "own": ""}
    for project_id in addresses:
        await rows.project(db, project_id)
    async with db.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migrate.configuration(sync), "0012"))
        for project_id, address in addresses.items():
            told = {"id": project_id, "address": address}
            await connection.execute(text("UPDATE projects SET git_repo = :address WHERE id = :id"), told)
    await upgrade(db)
    async with db.read() as tx:
        assert {row.project_id for row in await tx.scalars(select(GitLogin))} == {"far", "web"}
        assert (await projects.get(tx, "far")).protected_branches[:2] == ["main", "master"]


async def test_a_database_of_another_version_is_refused_and_left_alone(db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="version 9999, which this Loom does not know"):
        await upgrade(db)
    async with db.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The database at `url`, closed at the end."""
    db = Database(url)
    try:
        yield db
    finally:
        await db.dispose()


def _migrate_on_a_full_disk(connection: Connection) -> None:
    command.upgrade(migrate.configuration(connection), "head")
    raise OSError("No space left on device")


def _differences(connection: Connection) -> list[Any]:
    """What the next automatic migration would change; defaults are set by the program, not by the schema."""
    context = MigrationContext.configure(connection, opts={"include_object": migrate.compared})
    return list(compare_metadata(context, SQLModel.metadata))
