"""`loom secrets`: says whether stored secrets open and gives them a new master key, without printing any."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.master_keys import KEY_FILE
from loom_app.kernel.migrate import upgrade
from loom_app.supervisor.places import ROOT
from tests.kernel.test_crypto import GIVEN, OTHER
from tests.support.provider_keys import opened, store

Loom = Callable[..., "subprocess.CompletedProcess[str]"]
SECRET = "sold-flour-by-the-moon"


@pytest.fixture
def loom(tmp_path: Path) -> Loom:
    """Runs `loom secrets` with a data directory of the test's own; whatever it says is no secret."""

    def run(word: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LOOM_")}
        done = subprocess.run(
            [sys.executable, "-m", "loom_app.cli", "secrets", word],
            env=clean | {"LOOM_DATA_DIR": str(tmp_path)} | variables,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        file = tmp_path / KEY_FILE
        keys = file.read_text().split() if file.exists() else []
        assert not any(secret in done.stdout + done.stderr for secret in (SECRET, GIVEN, OTHER, *keys))
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Database]:
    """The database that the commands find."""
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'loom.db'}")
    await upgrade(db)
    yield db
    await db.dispose()


async def test_check_and_rotate_with_the_file(loom: Loom, own: Database, tmp_path: Path) -> None:
    Keyring(own, Vault.open(tmp_path, None))
    await store(own, Vault.open(tmp_path, None), "a", SECRET)
    counted = "All 2 stored secrets can be opened (providers.api_key_sealed 1, signing_keys.sealed 1).\n"
    assert loom("check").stdout == counted
    done = loom("rotate")
    assert (done.returncode, "2 secrets were sealed anew" in done.stdout) == (0, True), done.stderr
    assert loom("check").returncode == 0
    assert await opened(own, Vault.open(tmp_path, None), "a") == SECRET


async def test_secrets_of_another_key_are_named(loom: Loom, own: Database, tmp_path: Path) -> None:
    Keyring(own, Vault.open(tmp_path, None))
    await store(own, Vault.open(tmp_path, GIVEN), "a", SECRET)
    for word in ("check", "rotate"):
        done = loom(word)
        assert done.returncode == 1
        assert done.stderr.startswith("providers.api_key_sealed of a cannot be opened.\n")
    assert await opened(own, Vault.open(tmp_path, GIVEN), "a") == SECRET


async def test_with_the_variable_the_command_says_what_to_do(loom: Loom, own: Database, tmp_path: Path) -> None:
    Keyring(own, Vault.open(tmp_path, GIVEN))
    await store(own, Vault.open(tmp_path, GIVEN), "a", SECRET)
    done = loom("rotate", LOOM_SECRET_KEY=GIVEN)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "LOOM_SECRET_KEY_OLD" in done.stderr
    moved = loom("rotate", LOOM_SECRET_KEY=OTHER, LOOM_SECRET_KEY_OLD=GIVEN)
    assert moved.returncode == 0, moved.stderr
    assert "LOOM_SECRET_KEY_OLD is needed no more" in moved.stdout
    assert loom("check", LOOM_SECRET_KEY=OTHER).returncode == 0
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize("word", ["check", "rotate"])
def test_a_damaged_file_is_one_sentence(loom: Loom, tmp_path: Path, word: str) -> None:
    (tmp_path / KEY_FILE).write_text("")
    (tmp_path / KEY_FILE).chmod(0o600)
    done = loom(word)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is empty or damaged" in done.stderr
    assert (tmp_path / KEY_FILE).read_text() == ""


def test_a_default_secret_is_refused(loom: Loom) -> None:
    done = loom("check", LOOM_SECRET_KEY="changeme")
    assert (done.returncode, "LOOM_SECRET_KEY has 8 characters" in done.stderr) == (1, True)
