"""Secrets at rest: one master key, a separate key derived for each purpose, AES-256-GCM bound to what it protects."""

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from loom_app.kernel.errors import LoomError

KEY_FILE = "secret.key"
NONCE_BYTES = 12


class SecretUnreadable(LoomError):
    """A sealed value cannot be opened with the present key."""

    status, code = 500, "secret_unreadable"


class Vault:
    """Seals and opens secrets. A key derived for one purpose never opens what another sealed."""

    def __init__(self, master: bytes) -> None:
        self._master = master

    @classmethod
    def open(cls, data_dir: Path, secret_key: str | None) -> "Vault":
        """The vault whose key is `secret_key` (LOOM_SECRET_KEY), else the 0600 file in `data_dir`, made when absent."""
        if secret_key:
            return cls(secret_key.encode())
        return cls(_key_file(data_dir / KEY_FILE))

    def key(self, purpose: str) -> bytes:
        """32 bytes for `purpose` alone (HKDF-SHA256)."""
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"loom/{purpose}".encode()).derive(self._master)

    def seal(self, text: str, *, purpose: str, subject: str) -> str:
        """`text` encrypted for `purpose` and bound to the row `subject`."""
        nonce = os.urandom(NONCE_BYTES)
        box = AESGCM(self.key(purpose)).encrypt(nonce, text.encode(), subject.encode())
        return "v1." + base64.urlsafe_b64encode(nonce + box).decode()

    def unseal(self, sealed: str, *, purpose: str, subject: str) -> str:
        """What `seal` was given. Raises SecretUnreadable for another key, purpose, subject or a damaged value."""
        try:
            raw = base64.urlsafe_b64decode(sealed.removeprefix("v1."))
            return AESGCM(self.key(purpose)).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], subject.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(
                f"The stored secret of {subject} cannot be opened with the present key. "
                "Start Loom with the LOOM_SECRET_KEY or secret.key file it was saved with, or enter the secret again."
            ) from error


def _key_file(path: Path) -> bytes:
    """The key in `path`; made atomically when absent, so that two starting processes agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.urandom(8).hex()}")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(base64.b64encode(os.urandom(32)))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes().strip()
