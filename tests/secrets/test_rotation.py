"""A new master key: every stored secret opens before, during and after the change, wherever it is cut short."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from loom_app.config import Settings
from loom_app.events import repository as events
from loom_app.events.visibility import EVERYTHING
from loom_app.kernel import sealed
from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.master_keys import KEY_FILE, KeyFile, MasterKeyUnusable
from loom_app.secrets.rotation import move_to_variable, rotate_file
from loom_app.supervisor.places import ROOT
from tests.kernel.test_crypto import GIVEN, OTHER
from tests.support.provider_keys import opened, store

PLACE = "providers.api_key_sealed"
MOST_STEPS = 40


async def stored(db: Database) -> dict[str, str]:
    """The sealed values by the provider's id."""
    async with db.read() as tx:
        return {
            row.id: row.api_key_sealed for row in await tx.execute(text("SELECT id, api_key_sealed FROM providers"))
        }


async def test_everything_is_sealed_with_a_new_key_and_the_old_one_is_gone(
    db: Database, settings: Settings, vault: Vault
) -> None:
    await store(db, vault, "a", "key-a")
    await store(db, vault, "b", "key-b")
    (old,) = KeyFile(settings.data_dir / KEY_FILE).read()
    done, key_id = await rotate_file(db, settings.data_dir)
    (new,) = KeyFile(settings.data_dir / KEY_FILE).read()
    assert (done.counts[PLACE], done.locked, key_id) == (2, [], Vault(new).key_id)
    assert new != old
    assert [await opened(db, Vault(new), name) for name in ("a", "b")] == ["key-a", "key-b"]
    with pytest.raises(SecretUnreadable):
        await opened(db, Vault(old), "a")
    async with db.read() as tx:
        (event,) = await events.newest(tx, EVERYTHING, limit=1)
    counts = {PLACE: 2, "signing_keys.sealed": 1}
    assert event.type == "secret.rotated"
    assert event.data == {"key_id": key_id, "counts": counts, "unreadable": 0}


async def test_running_processes_go_on(db: Database, settings: Settings, vault: Vault) -> None:
    """One that reads, and one that stores a secret after the change."""
    await store(db, vault, "a", "key-a")
    reading, writing = (Vault.open(settings.data_dir, None) for _ in range(2))
    assert await opened(db, reading, "a") == "key-a"
    await rotate_file(db, settings.data_dir)
    assert await opened(db, reading, "a") == "key-a"
    await store(db, writing, "b", "key-b")
    assert await opened(db, Vault.open(settings.data_dir, None), "b") == "key-b"
    await rotate_file(db, settings.data_dir)
    assert [await opened(db, reading, name) for name in ("a", "b")] == ["key-a", "key-b"]


async def test_writers_at_the_same_moment_lose_nothing(db: Database, settings: Settings, vault: Vault) -> None:
    await store(db, vault, "a", "key-a")
    rotating = asyncio.create_task(rotate_file(db, settings.data_dir))
    written = 0
    while not rotating.done():
        written += 1
        await store(db, vault, f"w{written}", f"key-{written}")
    await rotating
    fresh = Vault.open(settings.data_dir, None)
    async with db.read() as tx:
        assert await sealed.locked(tx, fresh, all_of_them=True) == []
    assert await opened(db, fresh, f"w{written}") == f"key-{written}"


async def test_what_cannot_be_opened_is_named_and_left(db: Database, settings: Settings, vault: Vault) -> None:
    await store(db, vault, "a", "key-a")
    await store(db, Vault(b"lost"), "b", "key-b")
    before = (await stored(db))["b"]
    done, _ = await rotate_file(db, settings.data_dir)
    assert done.locked == [sealed.Locked(PLACE, "b")]
    assert (await stored(db))["b"] == before
    assert await opened(db, Vault.open(settings.data_dir, None), "a") == "key-a"


async def test_a_damaged_file_stops_it_before_anything_changes(db: Database, settings: Settings, vault: Vault) -> None:
    await store(db, vault, "a", "key-a")
    before = await stored(db)
    (settings.data_dir / KEY_FILE).write_text("damaged")
    with pytest.raises(MasterKeyUnusable):
        await rotate_file(db, settings.data_dir)
    assert (settings.data_dir / KEY_FILE).read_text() == "damaged"
    assert await stored(db) == before


async def test_two_at_once_are_refused(db: Database, settings: Settings, vault: Vault) -> None:
    await store(db, vault, "a", "key-a")
    with KeyFile(settings.data_dir / KEY_FILE).held(), pytest.raises(Conflict):
        await rotate_file(db, settings.data_dir)
    assert await opened(db, vault, "a") == "key-a"


async def test_from_one_variable_to_the_next(db: Database, settings: Settings) -> None:
    Keyring(db, Vault.open(settings.data_dir, GIVEN))
    await store(db, Vault.open(settings.data_dir, GIVEN), "a", "key-a")
    with pytest.raises(Invalid, match="LOOM_SECRET_KEY_OLD"):
        await move_to_variable(db, GIVEN, "")
    done, _ = await move_to_variable(db, OTHER, GIVEN)
    assert (done.counts[PLACE], done.locked) == (1, [])
    assert await opened(db, Vault.open(settings.data_dir, OTHER), "a") == "key-a"


async def test_from_the_file_to_a_variable_and_back(db: Database, settings: Settings, vault: Vault) -> None:
    await store(db, vault, "a", "key-a")
    (line,) = KeyFile(settings.data_dir / KEY_FILE).read()
    await move_to_variable(db, GIVEN, line.decode())
    assert await opened(db, Vault.open(settings.data_dir, GIVEN), "a") == "key-a"
    await rotate_file(db, settings.data_dir, GIVEN)
    assert await opened(db, Vault.open(settings.data_dir, None), "a") == "key-a"


@pytest.fixture
def killed(settings: Settings, sqlite_template: Path) -> Iterator["subprocess.Popen[str]"]:
    """The process that rotates and dies."""
    command = [sys.executable, "-m", "tests.secrets.rotation_process", str(settings.data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


async def test_killed_before_any_step_nothing_is_lost(
    db: Database, settings: Settings, killed: "subprocess.Popen[str]"
) -> None:
    if not db.is_sqlite:
        pytest.skip("the process that is killed works on a file")
    running = Vault.open(settings.data_dir, None)
    await store(db, running, "a", "key-a")
    for step in range(MOST_STEPS):
        assert killed.stdin is not None
        assert killed.stdout is not None
        print(step, file=killed.stdin, flush=True)
        said = (await asyncio.to_thread(killed.stdout.readline)).strip()
        assert said in ("killed", "done")
        assert await opened(db, running, "a") == "key-a", f"killed at step {step}, for a running process"
        assert await opened(db, Vault.open(settings.data_dir, None), "a") == "key-a", f"killed at step {step}"
        await store(db, running, "b", f"key-{step}")
        assert await opened(db, Vault.open(settings.data_dir, None), "b") == f"key-{step}"
        if said == "done":
            break
    assert said == "done"
    assert step >= 8
    assert len(KeyFile(settings.data_dir / KEY_FILE).read()) == 1
    assert sorted(path.name for path in settings.data_dir.glob("secret*")) == [KEY_FILE]
