"""The second factor: one-time codes of an app (TOTP), and recovery codes for the day the app is gone."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

import pyotp
import segno
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import factor_repository as repository
from loom_app.auth.models import RecoveryCode, SecondFactor, User
from loom_app.auth.service import actor_for
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.errors import Conflict, Forbidden

PURPOSE = "totp"
ISSUER = "Loom"
STEP_SECONDS, STEPS_EITHER_WAY = 30, 1
RECOVERY_CODES, RECOVERY_BYTES, RECOVERY_GROUP = 10, 10, 4


@dataclass(frozen=True)
class Offer:
    """A seed that an app is to take in: by hand, by link or by camera."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)

    @property
    def qr_svg(self) -> str:
        """The link as an SVG picture to be scanned."""
        return segno.make(self.uri, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff")


async def offer(tx: AsyncSession, vault: Vault, user: User) -> Offer:
    """A fresh seed for `user`, in place of one that was offered earlier. It counts once `confirm` got a code of it.

    Raises Conflict (code `second_factor_on`) when one counts already.
    """
    _check_off(user)
    secret = pyotp.random_base32()
    sealed = vault.seal(secret, purpose=PURPOSE, subject=user.id)
    await tx.merge(SecondFactor(user_id=user.id, seed_sealed=sealed, last_step=0))
    return Offer(secret, pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=ISSUER))


async def confirm(tx: AsyncSession, vault: Vault, user: User, code: str) -> list[str]:
    """Turns the second factor on for who shows a code of the offered seed. Recovery codes, never to be seen again.

    Raises Conflict when it is on or nothing was offered, Forbidden (code `code_refused`) for a wrong code.
    """
    _check_off(user)
    if await repository.factor(tx, user.id) is None:
        raise Conflict("There is nothing to confirm. Begin with POST /api/v1/auth/totp/setup.", code="totp_not_offered")
    if not await _takes_code(tx, vault, user.id, _bare(code)):
        raise refused()
    user.totp_enabled, user.updated_at = True, now()
    _tell(tx, "user.second_factor_on", user, actor_for(user))
    return await _new_recovery_codes(tx, user.id)


async def accepts(tx: AsyncSession, vault: Vault, user: User, answer: str) -> bool:
    """Whether `answer` is a code of the app or a recovery code of `user`, which it uses up. Of two at once one is."""
    bare = _bare(answer)
    if is_app_code(answer):
        return await _takes_code(tx, vault, user.id, bare)
    if not await repository.take_recovery_code(tx, user.id, _hash(user.id, bare)):
        return False
    left = await repository.recovery_codes_left(tx, user.id)
    _tell(tx, "user.recovery_code_used", user, actor_for(user), left=left)
    return True


async def renew_recovery_codes(tx: AsyncSession, user: User) -> list[str]:
    """Recovery codes in place of the earlier ones, never to be seen again. Raises Conflict when no factor is on."""
    _check_on(user)
    append(
        tx, "user.recovery_codes_renewed", actor=actor_for(user), subject_id=user.id, data={"username": user.username}
    )
    return await _new_recovery_codes(tx, user.id)


async def remove(tx: AsyncSession, user: User, actor: Actor) -> None:
    """Turns the second factor off and forgets its seed and recovery codes. Raises Conflict when none is on."""
    _check_on(user)
    await repository.forget(tx, user.id)
    user.totp_enabled, user.updated_at = False, now()
    _tell(tx, "user.second_factor_off", user, actor)


def is_app_code(answer: str) -> bool:
    """Whether `answer` looks like the six digits of an app, which can be guessed, and not like a recovery code."""
    bare = _bare(answer)
    return len(bare) == 6 and bare.isascii() and bare.isdigit()


def refused() -> Forbidden:
    """What is answered to a code that is not accepted where somebody is signed in."""
    return Forbidden(
        "The code is wrong, out of time or was used before; nothing was changed. Wait for the app's next one.",
        code="code_refused",
    )


async def _takes_code(tx: AsyncSession, vault: Vault, user_id: str, code: str) -> bool:
    """Whether `code` is of a time step around now that is newer than the last one used, which it then becomes."""
    found = await repository.factor(tx, user_id)
    if found is None:
        return False
    app = pyotp.TOTP(vault.unseal(found.seed_sealed, purpose=PURPOSE, subject=user_id))
    present = int(now().timestamp()) // STEP_SECONDS
    near = range(present - STEPS_EITHER_WAY, present + STEPS_EITHER_WAY + 1)
    fitting = [step for step in near if hmac.compare_digest(app.generate_otp(step).encode(), code.encode())]
    return bool(fitting) and await repository.use_step(tx, user_id, fitting[-1])


async def _new_recovery_codes(tx: AsyncSession, user_id: str) -> list[str]:
    codes = [base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
    await repository.drop_recovery_codes(tx, user_id)
    tx.add_all(RecoveryCode(code_hash=_hash(user_id, code), user_id=user_id) for code in codes)
    return ["-".join(code[at : at + RECOVERY_GROUP] for at in range(0, len(code), RECOVERY_GROUP)) for code in codes]


def _hash(user_id: str, code: str) -> str:
    """Plain SHA-256 will do: a code has 80 bits that nobody chose, out of reach for guessing even with the database."""
    return hashlib.sha256(f"{user_id}:{code}".encode(errors="replace")).hexdigest()


def _bare(answer: str) -> str:
    """What people type, without the spaces and dashes that only help the eye."""
    return "".join(answer.lower().split()).replace("-", "")


def _tell(tx: AsyncSession, type_: str, user: User, actor: Actor, **data: int) -> None:
    append(tx, type_, actor=actor, subject_id=user.id, data={"username": user.username, **data})


def _check_off(user: User) -> None:
    if user.totp_enabled:
        raise Conflict("The second factor is on. Turn it off first to set it up anew.", code="second_factor_on")


def _check_on(user: User) -> None:
    if not user.totp_enabled:
        raise Conflict("No second factor is on for this account.", code="second_factor_off")
