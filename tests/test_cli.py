"""The `loom` command itself."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from loom_app.cli import ROOMS, command_line
from loom_app.supervisor.places import ROOT


def loom(*words: str, data_dir: Path, **settings: str) -> tuple[int, str]:
    """Runs `loom` and returns its exit code and what it says on stderr."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LOOM_")}
    environ |= {"LOOM_DATA_DIR": str(data_dir)} | settings
    command = [sys.executable, "-m", "loom_app.cli", *words]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize("name", ROOMS)
def test_every_command_of_a_room_is_there(name: str) -> None:
    groups = [group.name for group in command_line(name).registered_groups]
    commands = [command.name for command in command_line(name).registered_commands]

    assert name in groups + commands


def test_starting_loads_no_room() -> None:
    assert command_line("up").registered_groups == []
    assert len(command_line("--help").registered_groups) > 1


def test_a_command_about_beads_loads_nothing_of_the_application(tmp_path: Path) -> None:
    said = loom("beads", "where", data_dir=tmp_path, PYTHONPROFILEIMPORTTIME="1")[1]
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in said.splitlines() if "|" in line}

    assert "sqlalchemy" in loaded
    assert not loaded & {"reflex", "fastapi", "starlette", "temporalio", "pandas", "typer", "httpx", "git"}


def test_migrate_can_be_done_twice(tmp_path: Path) -> None:
    for _ in range(2):
        status, said = loom("migrate", data_dir=tmp_path)
        assert (status, "Traceback" in said) == (0, False), said


def test_a_database_that_is_not_reached_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://loom:secret@127.0.0.1:1/loom"

    status, said = loom("migrate", data_dir=tmp_path, LOOM_DATABASE__URL=url)

    assert status == 1
    assert said.startswith("The database postgresql+asyncpg://loom:***@127.0.0.1:1/loom cannot be brought up to date: ")
    assert len(said.splitlines()) == 1


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    assert loom("migrate", data_dir=tmp_path)[0] == 0
    with sqlite3.connect(tmp_path / "loom.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    status, said = loom("migrate", data_dir=tmp_path)

    assert status == 1
    assert "of version 9999, which this Loom does not know" in said
    assert len(said.splitlines()) == 1


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "loom.db").write_text("not a database " * 100)

    status, said = loom("migrate", data_dir=tmp_path)

    assert status == 1
    assert said.endswith("cannot be brought up to date: file is not a database.")


@pytest.mark.parametrize("secret_key", ["changeme", "changeme-changeme-changeme-changeme", "x" * 64])
def test_loom_does_not_start_with_a_secret_key_that_can_be_guessed(tmp_path: Path, secret_key: str) -> None:
    status, said = loom("migrate", data_dir=tmp_path, LOOM_SECRET_KEY=secret_key)

    assert (status, len(said.splitlines())) == (1, 1)
    assert said.startswith("LOOM_SECRET_KEY ")
    assert secret_key not in said
