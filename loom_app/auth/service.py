"""Users: making and finding them, changing passwords, ending sessions."""

import re
from collections.abc import Iterable

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import repository
from loom_app.auth.links import Purpose
from loom_app.auth.models import User
from loom_app.auth.permissions import Role
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.kernel.ids import new_id

USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_TEXT = r"[^@\s\x00-\x20\x7f\ud800-\udfff]"
EMAIL = re.compile(rf"{_TEXT}{{1,64}}@{_TEXT}{{1,189}}")


def actor_for(user: User, permissions: frozenset[str] = frozenset()) -> Actor:
    """`user` as the one who acts."""
    return Actor("user", user.id, user.username, permissions)


def check_username(username: str) -> None:
    """Raises Invalid (code `username_refused`) for a name that cannot be a user's."""
    if not USERNAME.fullmatch(username):
        raise Invalid(
            f"{username[:100]!r} cannot be a user name. Use 1 to 64 letters a-z, digits and . _ @ + - , "
            "beginning with a letter or digit.",
            code="username_refused",
        )


def check_email(email: str) -> None:
    """Raises Invalid (code `email_refused`) for what is neither an e-mail address nor empty."""
    if email and not EMAIL.fullmatch(email):
        raise Invalid(f"{email[:100]!r} is not an e-mail address such as name@example.org.", code="email_refused")


def check_role(role: str) -> None:
    """Raises Invalid (code `role_unknown`) for what is no role."""
    if role not in tuple(Role):
        raise Invalid(f"{role[:100]!r} is not a role. Roles are {', '.join(Role)}.", code="role_unknown")


async def create_user(
    tx: AsyncSession, *, username: str, password_hash: str, role: str, email: str = "", actor: Actor = SYSTEM
) -> User:
    """A new user. `password_hash` comes from `passwords.accept`, made before the transaction since it takes a while.

    Raises Invalid for a bad name, address or role and Conflict (code `username_taken`) for a name in use.
    """
    check_username(username)
    check_email(email)
    check_role(role)
    if await repository.by_name(tx, username):
        raise _taken(username)
    user = User(id=new_id("user"), username=username, email=email, role=role, password_hash=password_hash)
    tx.add(user)
    try:
        await tx.flush()
    except IntegrityError as error:  # another process was faster
        raise _taken(username) from error
    append(tx, "user.created", actor=actor, subject_id=user.id, data={"username": username, "role": role})
    return user


async def change_password(db: Database, found: User, new: str) -> User:
    """Gives the user, as they were `found` when they showed their password, a new one, and ends all of their sessions.

    Raises Invalid for a password that will not do, Conflict (code `account_changed`).
    """
    from loom_app.auth import passwords

    new_hash = await passwords.accept(new, found.username, found.email)
    async with db.write() as tx:
        user = await unchanged(tx, found)
        await give_password(tx, user, new_hash, actor_for(user))
    return user


async def give_password(tx: AsyncSession, user: User, password_hash: str, actor: Actor = SYSTEM) -> None:
    """Gives a user a new password without asking for the old one; ends their sessions and links to set another."""
    user.password_hash = password_hash
    end_sessions(user)
    await repository.drop_links(tx, Purpose.RESET, user.id)
    append(tx, "user.password_changed", actor=actor, subject_id=user.id, data={"username": user.username})


async def unchanged(tx: AsyncSession, found: User) -> User:
    """The user, locked. Raises Conflict (code `account_changed`) when their sessions ended since they were `found`."""
    user = await repository.by_id(tx, found.id, to_change=True)
    if user is None or user.version != found.version:
        raise Conflict("The account was changed meanwhile. Sign in and try again.", code="account_changed")
    return user


async def get(tx: AsyncSession, user_id: str, *, to_change: bool = False) -> User:
    """The user with that id, locked when it is `to_change`. Raises NotFound."""
    user = await repository.by_id(tx, user_id, to_change=to_change)
    if not user:
        raise NotFound(f"There is no user {user_id!r}.", code="user_not_found")
    return user


async def named(tx: AsyncSession, username: str) -> User:
    """The user called so. Raises NotFound."""
    user = await repository.by_name(tx, username)
    if not user:
        raise NotFound(
            f"There is no user {username[:100]!r}. `loom user list` shows those there are.", code="user_not_found"
        )
    return user


async def names(tx: AsyncSession, ids: Iterable[str]) -> dict[str, str]:
    """The names of those of `ids` that are users."""
    return {row.id: row.username for row in await repository.named_by_id(tx, ids)}


async def among(tx: AsyncSession, names: Iterable[str]) -> set[str]:
    """Those of `names` that are ids or names of users."""
    asked = set(names)
    if not asked:
        return set()
    return {name for row in await repository.by_id_or_name(tx, asked) for name in (row.id, row.username)} & asked


def end_sessions(user: User) -> None:
    """Has none of the user's sessions believed any more."""
    user.version += 1
    user.updated_at = now()


def _taken(username: str) -> Conflict:
    return Conflict(f"There is already a user called {username!r}. Choose another name.", code="username_taken")
