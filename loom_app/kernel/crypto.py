"""Secrets at rest: master keys, a separate key derived for each purpose, AES-256-GCM bound to what it protects.

A sealed value reads `v2.<id of its master key>.<base64 of nonce and ciphertext>`; `v1.<base64>` is of the time before
keys had ids.
"""

import base64
import os
import re
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from loom_app.kernel.errors import LoomError
from loom_app.kernel.master_keys import KEY_FILE, KeyFile, MasterKeyUnusable, checked

NONCE_BYTES = 12
FORM = re.compile(r"v1\.(?P<first>[\w=-]+)|v2\.(?P<key_id>[0-9a-f]{16})\.(?P<box>[\w=-]+)", re.ASCII)


class SecretUnreadable(LoomError):
    """A sealed value cannot be opened with the present keys."""

    status, code = 500, "secret_unreadable"


class Vault:
    """Seals with the first of its master keys and opens with all of them.

    A key derived for one purpose never opens what another sealed. With a `file` the vault follows its changes, so that
    a running process goes on through a rotation.
    """

    def __init__(self, *masters: bytes, file: KeyFile | None = None, older: tuple[bytes, ...] = ()) -> None:
        self._file, self._older = file, older
        self._take(masters)

    @classmethod
    def open(cls, data_dir: Path, secret_key: str | None, old_key: str | None = None) -> "Vault":
        """The vault whose key is `secret_key` (LOOM_SECRET_KEY), else those of the 0600 file in `data_dir`.

        `old_key` (LOOM_SECRET_KEY_OLD) opens what was sealed with it. Raises Invalid for a key that can be guessed,
        MasterKeyUnusable for a damaged file.
        """
        older = (old_key.encode(),) if old_key else ()
        if secret_key:
            return cls(checked(secret_key), older=older)
        file = KeyFile(data_dir / KEY_FILE)
        return cls(*file.read(), file=file, older=older)

    @property
    def key_id(self) -> str:
        """The id of the key that seals; tells nothing about the key."""
        return next(iter(self._masters))

    @property
    def prefix(self) -> str:
        """How every value begins that the key that seals now has sealed."""
        return f"v2.{self.key_id}."

    def key(self, purpose: str) -> bytes:
        """32 bytes for `purpose` alone (HKDF-SHA256), derived from the key that seals."""
        return _derived(self._masters[self.key_id], f"loom/{purpose}", 32)

    def seal(self, text: str, *, purpose: str, subject: str) -> str:
        """`text` encrypted for `purpose` and bound to the row `subject`. Raises MasterKeyUnusable without the file."""
        if self._file is not None and self._file.changed():
            self._reread(self._file)
        nonce = os.urandom(NONCE_BYTES)
        box = AESGCM(self.key(purpose)).encrypt(nonce, text.encode(), subject.encode())
        return self.prefix + base64.urlsafe_b64encode(nonce + box).decode()

    def unseal(self, sealed: str, *, purpose: str, subject: str) -> str:
        """What `seal` was given. Raises SecretUnreadable for another key, purpose, subject or a damaged value."""
        form = FORM.fullmatch(sealed)
        if form is None:
            raise _unreadable(subject, ": it is damaged")
        raw = _bytes(form["box"] or form["first"])
        candidates = self._candidates(form["key_id"])
        for master in candidates:
            try:
                key = _derived(master, f"loom/{purpose}", 32)
                return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], subject.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        if form["key_id"] and not candidates:
            raise _unreadable(subject, f": it was saved with another master key, {form['key_id']}")
        raise _unreadable(subject, " with the present key")

    def _candidates(self, key_id: str | None) -> list[bytes]:
        """The keys that may open a value: all of them for one without a key id."""
        if key_id is None:
            return list(self._masters.values())
        if key_id not in self._masters and self._file is not None and self._file.changed():
            try:
                self._reread(self._file)
            except MasterKeyUnusable:
                return []
        return [self._masters[key_id]] if key_id in self._masters else []

    def _reread(self, file: KeyFile) -> None:
        self._take(file.read())

    def _take(self, masters: tuple[bytes, ...]) -> None:
        self._masters = {_derived(master, "loom-key-id", 8).hex(): master for master in (*masters, *self._older)}


def _derived(master: bytes, info: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info.encode()).derive(master)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True)
    except ValueError:
        return b""


def _unreadable(subject: str, why: str) -> SecretUnreadable:
    return SecretUnreadable(
        f"The stored secret of {subject} cannot be opened{why}. "
        "Start Loom with the LOOM_SECRET_KEY or secret.key file it was saved with, or enter the secret again."
    )
