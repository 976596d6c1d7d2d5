"""Copies of the database as administrators see them: listed, made, looked into."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Unavailable
from loom_app.upkeep import copies, service
from tests.support import people

PATH = "/api/v1/backups"


@pytest.fixture
def template(sqlite_template: Path) -> Path:
    """SQLite; how PostgreSQL is copied is tested beside."""
    return sqlite_template


async def test_made_listed_and_looked_into(client: AsyncClient, settings: Settings) -> None:
    empty = (await client.get(PATH)).json()
    assert (empty["backups"], empty["failure"], empty["keep"], empty["database"]) == ([], None, 7, "sqlite")
    made = await client.post(PATH)
    assert made.status_code == 201
    assert (made.json()["problem"], made.json()["checked_at"] is not None) == ("", True)
    listed = (await client.get(PATH)).json()
    assert listed["backups"] == [made.json()]
    assert listed["next_at"] > made.json()["made_at"]
    assert listed["free_bytes"] > 0
    file = Path(made.json()["path"])
    assert file.parent == service.folder(settings).absolute()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"x" * 20_000 + whole[24_096:])
    found = (await client.post(f"{PATH}/{file.name}/check")).json()
    assert found["problem"]
    assert (await client.get(PATH)).json()["backups"] == [found]
    for name in ("loom-20010101T000000Z.db", "..%2Floom.db", "notes.txt"):
        assert (await client.post(f"{PATH}/{name}/check")).status_code == 404


async def test_why_the_last_attempt_failed_is_told_until_one_goes_well(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(copies, "check", lambda _: "page 3 is gone")
        refused = await client.post(PATH)
        assert (refused.status_code, "page 3 is gone" in refused.json()["detail"]) == (503, True)
        assert "page 3 is gone" in (await client.get(PATH)).json()["failure"]["why"]
    await client.post(PATH)
    assert (await client.get(PATH)).json()["failure"] is None


@pytest.fixture
def making(settings: Settings) -> Iterator[None]:
    """Another process makes a copy."""
    folder = service.folder(settings)
    folder.mkdir(parents=True)
    with copies._alone(folder):
        yield


@pytest.mark.usefixtures("making")
async def test_two_at_once_make_one(client: AsyncClient, db: Database, settings: Settings) -> None:
    refused = await client.post(PATH)
    assert (refused.status_code, refused.json()["code"]) == (409, "backup_running")
    with pytest.raises(Conflict):
        await service.back_up(db, settings)
    assert (await client.get(PATH)).json()["failure"] is None


async def test_they_are_the_administrators(app: FastAPI) -> None:
    async with people.signed_in(app, "user") as http:
        assert (await http.get(PATH)).status_code == 403
        assert (await http.post(PATH)).status_code == 403


def test_a_copy_of_postgresql_is_looked_into_by_its_own_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump, program = tmp_path / "loom-20260101T000000Z.dump", tmp_path / "pg_restore"
    dump.write_text("x")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable, match="pg_restore, which is not on PATH"):
        copies.look_into(dump)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for words, problem in (
        ('echo "223; 1259 TABLE public events loom"', ""),
        ('echo "; nothing"', "it holds no events"),
        ("echo 'input file is too short' >&2; exit 1", "input file is too short"),
    ):
        program.write_text(f"#!/bin/sh\n{words}\n")
        program.chmod(0o755)
        assert copies.look_into(dump) == problem
