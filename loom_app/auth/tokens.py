"""Session tokens: signed with one algorithm by the keyring's current key, 24 hours long, renewable for a week."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from loom_app.auth.models import User
from loom_app.auth.permissions import permissions_of
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import SecretUnreadable
from loom_app.kernel.errors import Unauthenticated
from loom_app.kernel.ids import new_id
from loom_app.kernel.keyring import Key, Keyring

ALGORITHM = "HS256"
ISSUER = AUDIENCE = "loom"
PURPOSE = "session-token"
LIFETIME = timedelta(hours=24)
RENEWABLE_FOR = timedelta(days=7)
"""How long after signing in a session can be renewed without signing in again."""
LONGEST = 4_096
LONGEST_ID = 64
CLOCK_SKEW = timedelta(seconds=5)
CLAIMS = ("iss", "aud", "sub", "ver", "iat", "nbf", "exp", "jti", "auth_time")


@dataclass(frozen=True)
class Claims:
    """What a valid token says: whose it is, which version of the user it was given to, and since when."""

    user_id: str
    version: int
    token_id: str
    key_id: str
    expires_at: datetime
    signed_in_at: datetime


async def issue(keys: Keyring, user: User, *, signed_in_at: datetime | None = None) -> str:
    """A fresh token for `user`, who signed in just now unless said otherwise.

    A signing key that the present master key does not open is replaced, so that people can sign in and see to it.
    """
    try:
        key = await keys.current(PURPOSE)
    except SecretUnreadable:
        async with keys.db.write() as tx:
            await keys.drop_locked(tx, PURPOSE)
            append(tx, "session.key_rotated", actor=SYSTEM, data={"overlap_seconds": 0.0, "why": "it cannot be opened"})
        key = await keys.current(PURPOSE)
    return encoded(key, user, signed_in_at=signed_in_at)


async def read(keys: Keyring, token: str) -> Claims:
    """What `token` says. Raises Unauthenticated, always with the same words, for any that is not ours or is over."""
    key_id = _key_id(token)
    try:
        key = await keys.known(key_id, PURPOSE) if key_id else None
    except SecretUnreadable as error:
        raise session_over() from error
    if key is None:
        raise session_over()
    return decoded(key, token)


def encoded(key: Key, user: User, *, signed_in_at: datetime | None = None) -> str:
    """A token signed with `key`. Role and permissions in it inform the client; the database decides."""
    moment = now()
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": user.id,
        "user_id": user.id,
        "username": user.username,
        "role": user.role,
        "permissions": sorted(permissions_of(user.role)),
        "ver": user.version,
        "iat": moment,
        "nbf": moment,
        "exp": moment + LIFETIME,
        "auth_time": int((signed_in_at or moment).timestamp()),
        "jti": new_id("tok"),
    }
    return jwt.encode(claims, key.secret, algorithm=ALGORITHM, headers={"kid": key.id})


def decoded(key: Key, token: str) -> Claims:
    """What a token signed with `key` says. Raises Unauthenticated as `read` does."""
    try:
        if len(token) > LONGEST:
            raise jwt.InvalidTokenError
        claims = jwt.decode(
            token,
            key.secret,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=CLOCK_SKEW,
            options={"require": list(CLAIMS), "strict_aud": True},
        )
        return _checked(claims, key.id)
    except (jwt.InvalidTokenError, ValueError, OverflowError) as error:
        raise session_over() from error


def session_over() -> Unauthenticated:
    """What is answered to every token, cookie or user that is not accepted."""
    return Unauthenticated(
        "This session has ended or was never valid. Sign in again with POST /api/v1/auth/login.", code="session_invalid"
    )


def _checked(claims: dict[str, Any], key_id: str) -> Claims:
    version, began = claims["ver"], claims["auth_time"]
    if type(version) is not int or type(began) is not int or len(claims["jti"]) > LONGEST_ID:
        raise jwt.InvalidTokenError
    expires_at, signed_in_at = (datetime.fromtimestamp(moment, UTC) for moment in (claims["exp"], began))
    return Claims(claims["sub"], version, claims["jti"], key_id, expires_at, signed_in_at)


def _key_id(token: str) -> str:
    """The key that the token says it was signed with; empty when it says none. Nothing in it is believed yet."""
    if len(token) > LONGEST:
        return ""
    try:
        key_id = jwt.get_unverified_header(token).get("kid", "")
    except (jwt.InvalidTokenError, ValueError):
        return ""
    return key_id if isinstance(key_id, str) and len(key_id) <= LONGEST_ID else ""
