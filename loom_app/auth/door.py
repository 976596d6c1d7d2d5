"""Where people come in and prove who they are: passwords and one-time codes, both slowed down for those who guess."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import passwords, refusals, repository, second_factor, service
from loom_app.auth.limits import network_of
from loom_app.auth.models import User
from loom_app.auth.throttle import Throttle
from loom_app.events.service import append
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Forbidden, Unauthenticated
from loom_app.kernel.rest import AppDatabase, AppVault


@dataclass(frozen=True)
class Door:
    """The way in for whoever speaks from `address`, which for IPv6 is a customer's whole network."""

    db: Database
    vault: Vault
    throttle: Throttle
    address: str

    async def sign_in(self, username: str, password: str, code: str = "") -> User:
        """The user with that name, password and, where a second factor is on, code.

        Raises Unauthenticated, the same and after about the same time whatever was wrong with name and password. Only
        who had the password right is told that a code is missing (`second_factor_required`) or wrong. Raises TooMany.
        """
        self.throttle.admit(username, self.address)
        async with self.db.read() as tx:
            found = await repository.by_name(tx, username) if service.USERNAME.fullmatch(username) else None
        right = await passwords.matches(password, found.password_hash if found else None)
        if not found or not right or not found.is_active:
            await refusals.sign_in(self.db, username, found.id if found else None)
            raise _refused("The user name or the password is wrong.")
        renewed = await passwords.hashed(password) if passwords.outdated(found.password_hash) else found.password_hash
        async with self.db.write() as tx:
            user = await repository.by_id(tx, found.id, to_change=True)
            if user is None or user.version != found.version:
                raise _refused("The account has just been changed. Try again.")
            if user.totp_enabled and not code.strip():
                raise _refused("Send the code of your app or a recovery code as well.", code="second_factor_required")
            passed = await self._passes(tx, user, code)
            if passed:
                user.password_hash, user.last_sign_in_at = renewed, now()
            told = "user.signed_in" if passed else "user.second_factor_refused"
            append(tx, told, actor=service.actor_for(user), subject_id=user.id, data={"username": user.username})
        if not passed:
            raise _refused("The code is wrong, out of time or was used before. Wait for the app's next one.")
        self.throttle.succeeded(username, self.address)
        return user

    async def recognise(self, user_id: str, password: str) -> User:
        """The signed-in user `user_id`, who has shown their password again.

        Raises Forbidden (code `current_password_wrong`) and TooMany.
        """
        async with self.db.read() as tx:
            found = await service.get(tx, user_id)
        self.throttle.admit(found.username, self.address)
        if not await passwords.matches(password, found.password_hash):
            raise Forbidden("The current password is wrong; nothing was changed.", code="current_password_wrong")
        self.throttle.succeeded(found.username, self.address)
        return found

    async def check_code(self, tx: AsyncSession, user: User, code: str) -> None:
        """Uses up a code of the signed-in `user` where they have a second factor. Raises Forbidden and TooMany."""
        if user.totp_enabled and not code.strip():
            raise Forbidden("Send a code of your app or a recovery code as well.", code="second_factor_required")
        if not await self._passes(tx, user, code):
            raise second_factor.refused()

    async def confirm(self, user_id: str, code: str) -> list[str]:
        """Turns the second factor of the signed-in user on; their recovery codes. Raises as `second_factor.confirm`."""
        self.throttle.admit_code(user_id)
        async with self.db.write() as tx:
            user = await service.get(tx, user_id, to_change=True)
            codes = await second_factor.confirm(tx, self.vault, user, code)
        self.throttle.code_was_right(user_id)
        return codes

    async def _passes(self, tx: AsyncSession, user: User, code: str) -> bool:
        """Whether `code` is what `user` needs besides the password, if anything. Raises TooMany."""
        if not user.totp_enabled:
            return True
        if not second_factor.is_app_code(code):
            return await second_factor.accepts(tx, self.vault, user, code)
        self.throttle.admit_code(user.id)
        passed = await second_factor.accepts(tx, self.vault, user, code)
        if passed:
            self.throttle.code_was_right(user.id)
        return passed


def _refused(message: str, code: str = "sign_in_refused") -> Unauthenticated:
    return Unauthenticated(message, code=code)


def _throttle(request: Request) -> Throttle:
    """The throttle of this process, made at its first use."""
    state = request.app.state
    if not hasattr(state, "throttle"):
        state.throttle = Throttle()
    return state.throttle  # type: ignore[no-any-return]


def _door(request: Request, db: AppDatabase, vault: AppVault) -> Door:
    return Door(db, vault, _throttle(request), network_of(request.scope))


AppDoor = Annotated[Door, Depends(_door)]
