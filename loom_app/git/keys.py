"""SSH keys: a fresh pair, and what names a key without telling it."""

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


@dataclass(frozen=True)
class KeyPair:
    """An ed25519 pair in OpenSSH's form."""

    public: str
    private: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """The name of the pair, `SHA256:…`, as ssh-keygen and the sites show it."""
        return fingerprint(self.public)


def new_pair(comment: str) -> KeyPair:
    """A fresh pair. `comment` ends the public line and must be one word."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return KeyPair(f"{public} {comment}", private)


def fingerprint(public: str) -> str:
    """`SHA256:…` of a public line `type base64 …`. Raises ValueError for what is none."""
    kind, blob = public.split()[:2]
    raw = base64.b64decode(blob, validate=True)
    if raw[4 : 4 + len(kind)] != kind.encode():
        raise ValueError("the key is not of the type it names")
    return "SHA256:" + base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
