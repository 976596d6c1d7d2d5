"""Session tokens: signed, 24 hours long, one algorithm, ended early by the user's version."""

from dataclasses import dataclass
from datetime import timedelta

import jwt

from loom_app.auth.models import User
from loom_app.auth.permissions import permissions_of
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.errors import Unauthenticated
from loom_app.kernel.ids import new_id

ALGORITHM = "HS256"
ISSUER = AUDIENCE = "loom"
PURPOSE = "session-token"
LIFETIME = timedelta(hours=24)
LONGEST = 4_096
CLOCK_SKEW = timedelta(seconds=5)
CLAIMS = ("iss", "aud", "sub", "ver", "iat", "nbf", "exp", "jti")


@dataclass(frozen=True)
class Claims:
    """What a valid token says: whose it is and which version of the user it was given to."""

    user_id: str
    version: int
    token_id: str


def issue(vault: Vault, user: User) -> str:
    """A fresh token for `user`. Role and permissions in it inform the client; the database decides."""
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
        "jti": new_id("tok"),
    }
    return jwt.encode(claims, vault.key(PURPOSE), algorithm=ALGORITHM)


def read(vault: Vault, token: str) -> Claims:
    """What `token` says. Raises Unauthenticated, always with the same words, for any that is not ours or is over."""
    try:
        if len(token) > LONGEST:
            raise jwt.InvalidTokenError
        claims = jwt.decode(
            token,
            vault.key(PURPOSE),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=CLOCK_SKEW,
            options={"require": list(CLAIMS), "strict_aud": True},
        )
        version = claims["ver"]
        if type(version) is not int:
            raise jwt.InvalidTokenError
        return Claims(claims["sub"], version, claims["jti"])
    except (jwt.InvalidTokenError, ValueError) as error:
        raise session_over() from error


def session_over() -> Unauthenticated:
    """What is answered to every token, cookie or user that is not accepted."""
    return Unauthenticated(
        "This session has ended or was never valid. Sign in again with POST /api/v1/auth/login.", code="session_invalid"
    )
