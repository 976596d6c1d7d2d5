"""`loom user` on a database nobody serves."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loom_app.auth import accounts, service, tokens
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from tests.support import people
from tests.support.authenticator import Authenticator
from tests.support.databases import opened

PASSWORD = "four plain words here"
Loom = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def loom(tmp_path: Path) -> Loom:
    """Runs `loom` with a data directory of the test's own."""

    def run(*words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "loom_app.cli", *words],
            env={**os.environ, "LOOM_DATA_DIR": str(tmp_path)},
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


async def test_create_list_password_deactivate(loom: Loom, tmp_path: Path) -> None:
    made = loom("user", "create", "alice", "--role", "admin", "--password-stdin", given=PASSWORD + "\n")
    assert (made.returncode, made.stdout) == (0, "Made the admin alice.\n"), made.stderr
    assert loom("user", "list").stdout == "alice\tadmin\tactive\t\n"
    assert loom("user", "password", "Alice", "--password-stdin", given="other plain words").returncode == 0
    db = opened(f"sqlite+aiosqlite:///{tmp_path / 'loom.db'}", Vault.open(tmp_path, None))
    assert (await people.door(db).sign_in("alice", "other plain words")).version == 2
    await db.dispose()
    refused = loom("user", "deactivate", "alice")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "only active administrator" in refused.stderr


async def test_role_activate_reset_second_factor_delete(loom: Loom, tmp_path: Path) -> None:
    loom("user", "create", "alice", "--role", "admin", "--password-stdin", given=PASSWORD)
    loom("user", "create", "bob", "--password-stdin", given=PASSWORD)
    assert loom("user", "role", "bob", "viewer").stdout == "bob has the role viewer.\n"
    assert loom("user", "deactivate", "bob").returncode == 0
    assert "is inactive" in loom("user", "reset", "bob").stderr
    assert loom("user", "activate", "bob").stdout == "bob can sign in.\n"
    db = opened(f"sqlite+aiosqlite:///{tmp_path / 'loom.db'}", Vault.open(tmp_path, None))
    async with db.read() as tx:
        bob = await service.named(tx, "bob")
    await Authenticator.of(db, Vault(b"a master key of the test"), bob)
    link = loom("user", "reset", "bob").stdout
    assert link.startswith("http://127.0.0.1:8080/reset?token=")
    await accounts.redeem_reset(db, link.strip().partition("token=")[2], "other plain words")
    assert loom("user", "second-factor", "off", "bob").returncode == 0
    assert (await people.door(db).sign_in("bob", "other plain words")).role == "viewer"
    await db.dispose()
    assert "Add --yes" in loom("user", "delete", "bob").stderr
    assert loom("user", "delete", "bob", "--yes").stdout == "bob is gone.\n"
    assert loom("user", "list").stdout == "alice\tadmin\tactive\t\n"
    for words in (("role", "alice", "user"), ("delete", "alice", "--yes"), ("deactivate", "alice")):
        refused = loom("user", *words)
        assert (refused.returncode, "only active administrator" in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "given", "says"),
    [
        (("create", "al ice"), "", "cannot be a user name"),
        (("create", "alice"), "", "add --password-stdin"),
        (("create", "alice", "--password-stdin"), "short\n", "has 5 characters"),
        (("role", "bob", "viewer"), "", "no user 'bob'"),
        (("second-factor", "off", "bob"), "", "no user 'bob'"),
        (("password", "bob", "--password-stdin"), PASSWORD, "no user 'bob'"),
    ],
)
def test_refusals_are_one_sentence(loom: Loom, words: tuple[str, ...], given: str, says: str) -> None:
    done = loom("user", *words, given=given)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


async def test_keys_of_sessions_are_rotated_and_listed(loom: Loom, tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'loom.db'}")
    assert "New sessions are signed with key-" in (first := loom("keys", "rotate")).stdout, first.stderr
    keys = Keyring(db, Vault.open(tmp_path, None))
    old = await keys.current(tokens.PURPOSE)
    assert "All sessions have ended." in loom("keys", "rotate", "--now").stdout
    new = await keys.current(tokens.PURPOSE)
    await db.dispose()
    listed = {line.split("\t")[0]: line.split("\t")[3] for line in loom("keys", "list").stdout.splitlines()}
    assert listed[new.id] == "current"
    assert listed[old.id].startswith("ended 20")
