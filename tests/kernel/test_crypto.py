"""Secrets at rest open for their purpose and row alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.kernel.crypto import KEY_FILE, SecretUnreadable, Vault

VAULT = Vault(b"a key for tests")


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
    [lambda s: s[:-4], lambda s: "", lambda s: s[:10] + ("B" if s[10] == "A" else "A") + s[11:], lambda s: "v1.é"],
)
def test_a_damaged_secret_is_told_apart(damage: "object") -> None:
    sealed = VAULT.seal("secret", purpose="key", subject="row")
    broken = damage(sealed)  # type: ignore[operator]
    with pytest.raises(SecretUnreadable):
        VAULT.unseal(broken, purpose="key", subject="row")


def test_the_same_secret_never_looks_the_same() -> None:
    assert VAULT.seal("x", purpose="p", subject="s") != VAULT.seal("x", purpose="p", subject="s")


def test_the_key_file_is_made_once_for_all_and_for_its_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: Vault.open(tmp_path, None).key("p"), range(8)))
    assert len(keys) == 1
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_a_key_from_the_environment_needs_no_file(tmp_path: Path) -> None:
    assert Vault.open(tmp_path, "given").key("p") == Vault.open(tmp_path, "given").key("p")
    assert not (tmp_path / KEY_FILE).exists()
    assert Vault.open(tmp_path, "given").key("p") != Vault.open(tmp_path, "other").key("p")
