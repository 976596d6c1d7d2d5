"""The first user: from LOOM_ADMIN_PASSWORD, or from a link that works once and for a day."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import links, passwords, repository, service
from loom_app.auth.links import Purpose
from loom_app.auth.models import User
from loom_app.auth.permissions import Role
from loom_app.config import Settings
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, Invalid
from loom_app.kernel.log import get_logger

log = get_logger(__name__)

ADMIN = "admin"


async def ensure_first_user(db: Database, settings: Settings) -> bool:
    """Makes the user `admin` with LOOM_ADMIN_PASSWORD when there are no users yet; whether it did.

    Raises Invalid when that password is too short, too long or no text: Loom must not start with it.
    """
    password = settings.admin_password
    if not password:
        return False
    async with db.read() as tx:
        if await repository.any_user(tx):
            return False
    try:
        passwords.check_length(password)
    except Invalid as error:
        raise Invalid(f"LOOM_ADMIN_PASSWORD: {error.message}", code=error.code) from error
    if weak := passwords.weakness(password, ADMIN):
        log.warning("LOOM_ADMIN_PASSWORD is a weak password; change it after signing in", because=f"it {weak}")
    password_hash = await passwords.hashed(password)
    async with db.write() as tx:
        if await repository.any_user(tx):
            return False
        await _first_user(tx, ADMIN, password_hash, "")
    return True


async def needed(tx: AsyncSession) -> bool:
    """Whether there is no user yet, so that the set-up is open."""
    return not await repository.any_user(tx)


async def pending_link(db: Database, base_url: str) -> str | None:
    """A fresh set-up link, which ends earlier ones; None once there is a user. Only a hash of its token is kept."""
    async with db.write() as tx:
        if await repository.any_user(tx):
            return None
        token, _ = await links.make(tx, Purpose.SETUP)
    return links.address(base_url, Purpose.SETUP, token)


async def redeem(db: Database, token: str, username: str, password: str, email: str = "") -> User:
    """The first user, an administrator, for whoever holds the link's `token`. Of two at once one wins.

    A refused name or password leaves the link usable. Raises Conflict (code `setup_closed`) once there is a user,
    Forbidden (code `setup_token_invalid`) for a wrong, used or expired token.
    """
    async with db.read() as tx:
        await _check_open(tx)
        if not await links.waiting(tx, Purpose.SETUP, token):
            raise _bad_link()
    service.check_username(username)
    password_hash = await passwords.accept(password, username, email)
    async with db.write() as tx:
        won = await links.use(tx, Purpose.SETUP, token)
        await _check_open(tx)
        if not won:
            raise _bad_link()
        user = await _first_user(tx, username, password_hash, email)
        user.last_sign_in_at = now()
        return user


async def _first_user(tx: AsyncSession, username: str, password_hash: str, email: str) -> User:
    await repository.drop_links(tx, Purpose.SETUP, None)
    return await service.create_user(tx, username=username, email=email, role=Role.ADMIN, password_hash=password_hash)


async def _check_open(tx: AsyncSession) -> None:
    if not await needed(tx):
        raise Conflict("Loom is set up already. Sign in at /login.", code="setup_closed")


def _bad_link() -> Forbidden:
    return Forbidden(
        "This set-up link is wrong, used or older than a day. Restart Loom to have it print a new one.",
        code="setup_token_invalid",
    )
