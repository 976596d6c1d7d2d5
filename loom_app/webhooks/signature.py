"""GitHub's signature: HMAC-SHA256 over the body as it came."""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from typing import NamedTuple

PREFIX = "sha256="
SECRET_BYTES = 24


class LiveSecret(NamedTuple):
    """A secret that signs at present; `project_id` is None for the one for all."""

    id: str
    project_id: str | None
    text: str
    is_new: bool


def new_secret() -> str:
    """A secret to give to GitHub."""
    return f"loom_webhook_{secrets.token_hex(SECRET_BYTES)}"


def sign(secret: str, body: bytes) -> str:
    """What GitHub sends as X-Hub-Signature-256."""
    return PREFIX + hmac.digest(secret.encode(), body, "sha256").hex()


def signer(live: Iterable[LiveSecret], body: bytes, signature: str) -> LiveSecret | None:
    """The secret that `body` was signed with, compared in constant time; None when it was none of these."""
    given = signature.strip().lower().encode()
    matching: Sequence[LiveSecret] = [
        one for one in live if hmac.compare_digest(sign(one.text, body).encode(), given)
    ]  # every one is compared, so that the time tells nothing
    return matching[0] if matching else None
