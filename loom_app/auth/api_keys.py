"""Keys for programs: shown once, kept as a keyed hash, found by their first part, never more than their owner may."""

import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from string import ascii_letters, digits

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import repository
from loom_app.auth.models import ApiKey, User
from loom_app.auth.permissions import CATALOGUE, Role, permissions_of
from loom_app.events.service import append
from loom_app.kernel.actor import Actor, covers
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import SecretUnreadable
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from loom_app.kernel.keyring import Key, Keyring

PREFIX = "loom_live_"
PURPOSE = "api-key"
LETTERS = digits + ascii_letters
ID_LETTERS, SECRET_LETTERS, CHECK_LETTERS = 8, 32, 6
SHAPE = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{ID_LETTERS}}})([0-9A-Za-z]{{{SECRET_LETTERS}}})([0-9A-Za-z]{{6}})")
MOST_KEYS = 100
"""How many keys one user may have at a time."""
LONGEST_LIFE = timedelta(days=3_650)
USED_TO = timedelta(minutes=1)
"""How exactly the last use is kept; a key in steady use is written no more often."""


async def create(
    tx: AsyncSession, pepper: Key, owner: User, *, name: str, permissions: Sequence[str], lasts: timedelta | None,
    actor: Actor,
) -> tuple[ApiKey, str]:  # fmt: skip
    """A key of `owner` that may do `permissions`, and its text, which is never known again.

    Raises Invalid for an unknown permission, Forbidden for one beyond the owner's or the actor's own, and Conflict when
    the owner has MOST_KEYS. A service holds no permissions of itself, so there the actor's decide.
    """
    wanted = sorted(set(permissions))
    _check_permissions(wanted, owner, actor)
    if await repository.count_keys(tx, owner.id) >= MOST_KEYS:
        raise Conflict(
            f"{owner.username} has {MOST_KEYS} API keys, the most there may be. Revoke one first.", code="too_many_keys"
        )
    text = new_key()
    key = ApiKey(
        id=_parts(text)[0],
        user_id=owner.id,
        name=name,
        mac=_mac(pepper, text),
        pepper_id=pepper.id,
        permissions=wanted,
        created_by=actor.id,
        expires_at=now() + lasts if lasts is not None else None,
    )
    tx.add(key)
    await tx.flush()
    about = {"username": owner.username, "key_id": key.id, "name": name, "permissions": wanted}
    append(tx, "key.created", actor=actor, subject_id=owner.id, data=about)
    return key, text


async def revoke(tx: AsyncSession, key_id: str, *, actor: Actor) -> None:
    """Takes a key away at once. Raises NotFound for one that is neither the actor's own nor theirs to administer."""
    key = await tx.get(ApiKey, key_id, with_for_update=True)
    if key is None or (key.user_id != actor.id and not actor.may("system:admin")):
        raise NotFound(
            f"There is no API key {key_id[:20]!r}. GET /api/v1/auth/api-keys lists yours.", code="key_not_found"
        )
    await tx.delete(key)
    append(tx, "key.revoked", actor=actor, subject_id=key.user_id, data={"key_id": key.id, "name": key.name})


async def actor_of_key(keys: Keyring, text: str) -> Actor:
    """Whose key `text` is. Raises Unauthenticated, always with the same words, for any that is not ours or is over."""
    parts = _parts(text)
    if not parts:
        raise key_refused()
    moment = now()
    rows = await repository.key_rows(keys.db, parts[0])
    try:
        pepper = await keys.known(rows[0].pepper_id, PURPOSE) if rows else None
    except SecretUnreadable as error:  # Loom was started with another master key
        raise key_refused() from error
    if pepper is None or not hmac.compare_digest(rows[0].mac, _mac(pepper, text)):
        raise key_refused()
    row = rows[0]
    if not row.is_active or (row.expires_at is not None and row.expires_at <= moment):
        raise key_refused()
    if row.last_used_at is None or moment - row.last_used_at >= USED_TO:
        await _used(keys, row.id, moment)
    scopes = frozenset(row.permissions)
    held = scopes if row.role == Role.SERVICE else permissions_of(row.role)
    return Actor("user", row.user_id, row.username, held, repository.projects_seen(rows), scopes, row.id)


def key_refused() -> Unauthenticated:
    """What is answered to every key that is not accepted."""
    return Unauthenticated(
        "This API key is not valid, was revoked or has expired. Make a new one with POST /api/v1/auth/api-keys.",
        code="key_invalid",
    )


def new_key() -> str:
    """The text of a fresh key: prefix, id, secret (190 bits) and a checksum that lets scanners know one when leaked."""
    body = PREFIX + "".join(secrets.choice(LETTERS) for _ in range(ID_LETTERS + SECRET_LETTERS))
    return body + _checksum(body)


def _parts(text: str) -> tuple[str, ...]:
    """Id, secret and checksum of a well-formed key; empty for anything else."""
    found = SHAPE.fullmatch(text)
    return found.groups() if found and _checksum(text[:-CHECK_LETTERS]) == found[3] else ()


def _checksum(body: str) -> str:
    number, letters = zlib.crc32(body.encode()), ""
    for _ in range(CHECK_LETTERS):
        number, rest = divmod(number, len(LETTERS))
        letters = LETTERS[rest] + letters
    return letters


def _mac(pepper: Key, text: str) -> str:
    return hmac.new(pepper.secret, text.encode(), hashlib.sha256).hexdigest()


async def _used(keys: Keyring, key_id: str, moment: datetime) -> None:
    async with keys.db.write() as tx:
        await repository.key_used(tx, key_id, moment.replace(second=0, microsecond=0), moment - USED_TO)


def _check_permissions(wanted: Sequence[str], owner: User, actor: Actor) -> None:
    unknown = [name for name in wanted if name not in CATALOGUE]
    if unknown:
        raise Invalid(
            f"{unknown[0][:100]!r} is not a permission. Permissions are {', '.join(sorted(CATALOGUE))}.",
            code="permission_unknown",
        )
    held = actor.permissions if owner.role == Role.SERVICE else permissions_of(owner.role)
    beyond = [name for name in wanted if not covers(held, name) or not actor.may(name)]
    if beyond:
        whose = "you do not have" if owner.id == actor.id or owner.role == Role.SERVICE else f"{owner.username} lacks"
        raise Forbidden(f"A key cannot be given {beyond[0]}, which {whose}.", code="permission_beyond_owner")
