"""An SSH agent inside Loom: ssh has it sign, so that a private key never leaves this process.

It speaks as much of the agent protocol (draft-ietf-sshm-ssh-agent) as signing in by ed25519 takes.
"""

import struct
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from loom_app.git.keys import fingerprint

FAILURE, LIST, LISTED, SIGN, SIGNED = 5, 11, 12, 13, 14
MOST_BYTES = 64 << 10
SIGN_IN = 50
METHODS = (b"publickey", b"publickey-hostbound-v00@openssh.com")
KIND = b"ssh-ed25519"


class Agent:
    """Signs sign-ins with its keys, offered in the order given. `used` names those that hosts took, last one last."""

    def __init__(self, private_keys: Sequence[str]) -> None:
        self._keys: dict[bytes, Ed25519PrivateKey] = {}
        self._names: dict[bytes, str] = {}
        self.used: list[str] = []
        for text in private_keys:
            key = load_ssh_private_key(text.encode(), password=None)
            if not isinstance(key, Ed25519PrivateKey):
                raise TypeError("only ed25519 keys are kept")
            blob = _packed(KIND) + _packed(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
            self._keys[blob], self._names[blob] = key, _name(key)

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Answers one caller until it goes."""
        try:
            while True:
                (length,) = struct.unpack(">I", await reader.readexactly(4))
                if not 0 < length <= MOST_BYTES:
                    break
                writer.write(_packed(self._answer(await reader.readexactly(length))))
                await writer.drain()
        except (IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, message: bytes) -> bytes:
        try:
            if message[0] == LIST:
                return self._listed()
            if message[0] == SIGN:
                return self._signed(message[1:])
        except (struct.error, KeyError, ValueError):
            pass
        return bytes([FAILURE])

    def _listed(self) -> bytes:
        keys = b"".join(_packed(blob) + _packed(b"loom") for blob in self._keys)
        return bytes([LISTED]) + struct.pack(">I", len(self._keys)) + keys

    def _signed(self, asked: bytes) -> bytes:
        blob, rest = _taken(asked)
        data, _ = _taken(rest)
        if not _is_sign_in(data):
            raise ValueError("only sign-ins are signed")
        signature = _packed(KIND) + _packed(self._keys[blob].sign(data))
        self.used.append(self._names[blob])
        return bytes([SIGNED]) + _packed(signature)


def _is_sign_in(data: bytes) -> bool:
    """Whether what is to be signed is a request to be let in by key, and nothing else, such as a commit."""
    _, rest = _taken(data)
    if rest[:1] != bytes([SIGN_IN]):
        return False
    _, rest = _taken(rest[1:])
    service, rest = _taken(rest)
    method, _ = _taken(rest)
    return service == b"ssh-connection" and method in METHODS


def _name(key: Ed25519PrivateKey) -> str:
    return fingerprint(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode())


def _packed(part: bytes) -> bytes:
    return struct.pack(">I", len(part)) + part


def _taken(message: bytes) -> tuple[bytes, bytes]:
    """The first part of a message and what follows it. Raises ValueError for one that is cut short."""
    (length,) = struct.unpack(">I", message[:4])
    if len(message) < 4 + length:
        raise ValueError("cut short")
    return message[4 : 4 + length], message[4 + length :]
