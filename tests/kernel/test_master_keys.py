"""Master keys: hard to guess, readable by their owner alone, never replaced without being asked to."""

import os
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.errors import Conflict, Invalid
from loom_app.kernel.master_keys import KEY_FILE, KeyFile, MasterKeyUnusable, checked, fresh


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of keys is."""
    return tmp_path / "data" / KEY_FILE


@pytest.mark.parametrize(
    "guess",
    [
        "ü",
        "changeme",
        "secret",
        "0123456789abcdef0123456789abcdef",
        "changeme" * 4,
        "please-Change_Me-before-production-use",
        "your-secret-key-goes-right-in-here-now",
        "a" * 64,
        "ab" * 32,
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "zyxwvutsrqponmlkjihgfedcba9876543210",
        "correcthorse" * 4,
        " " * 40,
        "\t\n" * 40 + "short",
    ],
)
def test_a_key_that_can_be_guessed_is_refused(guess: str) -> None:
    with pytest.raises(Invalid, match="LOOM_SECRET_KEY") as refused:
        checked(guess)
    assert refused.value.code == "weak_secret_key"
    assert guess not in refused.value.message.replace("LOOM_SECRET_KEY", "").replace("secret", "").replace(
        "example", ""
    )


@given(st.binary(min_size=32, max_size=32).map(lambda _: secrets.token_bytes(32)))
def test_random_keys_of_every_spelling_are_taken(key: bytes) -> None:
    assert checked(key.hex()) == key.hex().encode()
    assert checked(key.hex()[:32])
    assert checked(secrets.token_urlsafe(32))
    assert checked(fresh().decode())


def test_the_file_is_made_once_for_all_and_for_its_owner_alone(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: KeyFile(path).read(), range(8)))
    assert len(keys) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_keys_are_read_in_their_order_without_repetitions(path: Path) -> None:
    one, two = fresh(), fresh()
    path.parent.mkdir()
    path.write_bytes(one)  # as the first release wrote it, without an end of line
    path.chmod(0o600)
    assert KeyFile(path).read() == (one,)
    KeyFile(path).write((two, one, two))
    assert KeyFile(path).read() == (two, one)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n \n",
        b"changeme",
        fresh()[:-6],
        fresh() + b"\n" + fresh()[:20],
        b"\x00" * 44,
        fresh() + b"!",
        b"A" * 70_000,
    ],
    ids=["empty", "blank", "words", "cut off", "second line cut off", "zeros", "a byte too much", "huge"],
)
def test_a_damaged_file_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(MasterKeyUnusable, match="is empty or damaged") as refused:
        KeyFile(path).read()
    assert str(path) in refused.value.message
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o777])
def test_a_file_that_others_can_read_is_closed_to_them_with_a_warning(path: Path, mode: int) -> None:
    keys = KeyFile(path).read()
    path.chmod(mode)
    with structlog.testing.capture_logs() as said:
        assert KeyFile(path).read() == keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [(line["log_level"], line["mode"]) for line in said] == [("warning", f"{mode:04o}")]
    assert keys[0].decode() not in str(said)


def test_a_file_that_cannot_be_closed_to_others_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    KeyFile(path).read()
    path.chmod(0o644)
    monkeypatch.setattr(os, "fchmod", lambda *_: None)  # as on file systems without modes
    with pytest.raises(MasterKeyUnusable, match="other users"):
        KeyFile(path).read()


def test_a_file_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    KeyFile(path).read()
    if os.geteuid() == 0:
        os.chown(path, 12345, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(MasterKeyUnusable, match="another user"):
        KeyFile(path).read()


def test_what_is_no_file_is_refused(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    with pytest.raises(MasterKeyUnusable, match="is not a file"):
        KeyFile(path).read()
    path.unlink()
    path.symlink_to("nowhere")
    with pytest.raises(MasterKeyUnusable, match="cannot be read"):
        KeyFile(path).read()


def test_a_file_behind_a_link_is_replaced_where_it_is(path: Path, tmp_path: Path) -> None:
    """Key files are often mounted elsewhere and linked to."""
    real = tmp_path / "mounted"
    KeyFile(real).read()
    path.parent.mkdir()
    path.symlink_to(real)
    key = fresh()
    KeyFile(path).write((key,))
    assert path.is_symlink()
    assert KeyFile(real).read() == (key,)


def test_one_rotation_at_a_time(path: Path) -> None:
    KeyFile(path).read()
    with KeyFile(path).held(), pytest.raises(Conflict), KeyFile(path).held():
        pass
    with KeyFile(path).held():
        pass
