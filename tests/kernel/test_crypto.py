"""Secrets at rest open for their purpose and row alone, and through a change of the master key."""

import base64
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.errors import Invalid
from loom_app.kernel.master_keys import KEY_FILE, KeyFile, MasterKeyUnusable, fresh

VAULT = Vault(b"a key for tests")
GIVEN = "Tg4vV0mZr8Qk1yXw5uJ2pLs7HbNcEd93"
OTHER = "9sRf2KpLq7ZxWv4TnYb6MhJg1CdUe3Aa"


def sealed_before_keys_had_ids(master: bytes, text: str, *, purpose: str, subject: str) -> str:
    """A value as the first release stored it."""
    nonce = os.urandom(12)
    box = AESGCM(Vault(master).key(purpose)).encrypt(nonce, text.encode(), subject.encode())
    return "v1." + base64.urlsafe_b64encode(nonce + box).decode()


@given(text=st.text(), purpose=st.text(max_size=20), subject=st.text(max_size=20))
def test_what_was_sealed_is_opened_again(text: str, purpose: str, subject: str) -> None:
    assert VAULT.unseal(VAULT.seal(text, purpose=purpose, subject=subject), purpose=purpose, subject=subject) == text


@pytest.mark.parametrize(("purpose", "subject"), [("other", "row"), ("key", "other")])
def test_another_purpose_or_row_does_not_open_it(purpose: str, subject: str) -> None:
    sealed = VAULT.seal("secret", purpose="key", subject="row")
    with pytest.raises(SecretUnreadable, match=subject):
        VAULT.unseal(sealed, purpose=purpose, subject=subject)


@pytest.mark.parametrize(
    "damage",
    [
        lambda s: s[:-4],
        lambda s: "",
        lambda s: s[:30] + ("B" if s[30] == "A" else "A") + s[31:],
        lambda s: s[:30] + "!" + s[30:],
        lambda s: s + "\n",
        lambda s: s[:20],
        lambda s: s.rpartition(".")[2],
        lambda s: "v1.é",
        lambda s: "v2..",
        lambda s: "v3" + s[2:],
    ],
)
def test_a_damaged_secret_is_told_apart(damage: "object") -> None:
    sealed = VAULT.seal("secret", purpose="key", subject="row")
    broken = damage(sealed)  # type: ignore[operator]
    with pytest.raises(SecretUnreadable):
        VAULT.unseal(broken, purpose="key", subject="row")


@given(value=st.text(alphabet="v12.abcAB=_- \n\x00é", max_size=80))
def test_anything_else_is_unreadable_and_nothing_worse(value: str) -> None:
    with pytest.raises(SecretUnreadable):
        VAULT.unseal(value, purpose="key", subject="row")


def test_the_same_secret_never_looks_the_same() -> None:
    assert VAULT.seal("x", purpose="p", subject="s") != VAULT.seal("x", purpose="p", subject="s")


def test_the_first_key_seals_and_all_of_them_open() -> None:
    old, both = Vault(b"old"), Vault(b"new", b"old")
    before, after = (vault.seal("x", purpose="p", subject="s") for vault in (old, both))
    assert [both.unseal(value, purpose="p", subject="s") for value in (before, after)] == ["x", "x"]
    assert Vault(b"new").unseal(after, purpose="p", subject="s") == "x"
    with pytest.raises(SecretUnreadable, match=r"of s cannot be opened: it was saved with another master key, \w{16}"):
        old.unseal(after, purpose="p", subject="s")


def test_a_value_says_with_which_key_it_was_sealed_and_nothing_about_that_key() -> None:
    value = VAULT.seal("x", purpose="p", subject="s")
    assert value.startswith(VAULT.prefix)
    assert VAULT.prefix == f"v2.{VAULT.key_id}."
    assert VAULT.key_id != Vault(b"another key").key_id
    assert bytes.fromhex(VAULT.key_id) not in {VAULT.key(purpose)[:8] for purpose in ("", "key-id", "p")}


def test_values_of_the_first_release_still_open() -> None:
    value = sealed_before_keys_had_ids(b"old", "x", purpose="p", subject="s")
    assert Vault(b"old").unseal(value, purpose="p", subject="s") == "x"
    assert Vault(b"new", b"old").unseal(value, purpose="p", subject="s") == "x"
    with pytest.raises(SecretUnreadable):
        Vault(b"new").unseal(value, purpose="p", subject="s")


def test_a_key_from_the_environment_needs_no_file(tmp_path: Path) -> None:
    assert Vault.open(tmp_path, GIVEN).key("p") == Vault.open(tmp_path, GIVEN).key("p")
    assert not (tmp_path / KEY_FILE).exists()
    assert Vault.open(tmp_path, GIVEN).key("p") != Vault.open(tmp_path, OTHER).key("p")


def test_the_old_key_from_the_environment_opens_whatever_the_new_one_comes_from(tmp_path: Path) -> None:
    value = Vault.open(tmp_path, GIVEN).seal("x", purpose="p", subject="s")
    for now in (OTHER, None):
        vault = Vault.open(tmp_path, now, GIVEN)
        assert vault.unseal(value, purpose="p", subject="s") == "x"
        assert not vault.seal("x", purpose="p", subject="s").startswith(Vault.open(tmp_path, GIVEN).prefix)


def test_a_weak_old_key_is_taken_so_that_secrets_can_leave_it(tmp_path: Path) -> None:
    value = Vault(b"changeme").seal("x", purpose="p", subject="s")
    assert Vault.open(tmp_path, GIVEN, "changeme").unseal(value, purpose="p", subject="s") == "x"
    with pytest.raises(Invalid):
        Vault.open(tmp_path, "changeme")


def test_a_running_vault_follows_the_file(tmp_path: Path) -> None:
    running, file = Vault.open(tmp_path, None, "older"), KeyFile(tmp_path / KEY_FILE)
    (first,) = file.read()
    second = fresh()
    file.write((second, first))
    value = Vault(second).seal("x", purpose="p", subject="s")
    assert running.unseal(value, purpose="p", subject="s") == "x"
    file.write((second,))
    assert running.seal("x", purpose="p", subject="s").startswith(Vault(second).prefix)
    assert running.unseal(Vault(b"older").seal("x", purpose="p", subject="s"), purpose="p", subject="s") == "x"


def test_an_unknown_key_has_the_file_read_only_when_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault.open(tmp_path, None)
    monkeypatch.setattr(KeyFile, "read", lambda _: pytest.fail("the file was read again"))
    for _ in range(3):
        with pytest.raises(SecretUnreadable):
            vault.unseal(VAULT.seal("x", purpose="p", subject="s"), purpose="p", subject="s")
    assert vault.seal("x", purpose="p", subject="s")


def test_a_file_that_is_lost_while_running_loses_no_secret(tmp_path: Path) -> None:
    """What is known still opens; nothing new is sealed with a key that the next start would not have."""
    vault = Vault.open(tmp_path, None)
    value = vault.seal("x", purpose="p", subject="s")
    (tmp_path / KEY_FILE).write_text("damaged")
    assert vault.unseal(value, purpose="p", subject="s") == "x"
    with pytest.raises(SecretUnreadable):
        vault.unseal(VAULT.seal("x", purpose="p", subject="s"), purpose="p", subject="s")
    with pytest.raises(MasterKeyUnusable):
        vault.seal("y", purpose="p", subject="s")
