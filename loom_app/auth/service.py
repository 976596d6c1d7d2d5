"""Users: making them, signing in, changing passwords, ending sessions."""

import re

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import passwords, repository
from loom_app.auth.models import User
from loom_app.auth.permissions import Role
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from loom_app.kernel.ids import new_id

USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")


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


async def create_user(
    tx: AsyncSession, *, username: str, password_hash: str, role: str, email: str = "", actor: Actor = SYSTEM
) -> User:
    """A new user. `password_hash` comes from `passwords.accept`, made before the transaction since it takes a while.

    Raises Invalid for a bad name, address or role and Conflict (code `username_taken`) for a name in use.
    """
    check_username(username)
    if email and not EMAIL.fullmatch(email):
        raise Invalid(f"{email[:100]!r} is not an e-mail address such as name@example.org.", code="email_refused")
    if role not in tuple(Role):
        raise Invalid(f"{role[:100]!r} is not a role. Roles are {', '.join(Role)}.", code="role_unknown")
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


async def sign_in(db: Database, username: str, password: str) -> User:
    """The user with that name and password, their hash renewed when its parameters are out of date.

    Raises Unauthenticated, the same and after about the same time whatever was wrong.
    """
    async with db.read() as tx:
        found = await repository.by_name(tx, username)
    right = await passwords.matches(password, found.password_hash if found else None)
    if not found or not right or not found.is_active:
        raise Unauthenticated("The user name or the password is wrong.", code="sign_in_refused")
    renewed = await passwords.hashed(password) if passwords.outdated(found.password_hash) else None
    async with db.write() as tx:
        user = await repository.by_id(tx, found.id, to_change=True)
        if not user or not user.is_active or user.version != found.version:
            raise Unauthenticated("The account has just been changed. Try again.", code="sign_in_refused")
        if renewed:
            user.password_hash = renewed
        append(tx, "user.signed_in", actor=actor_for(user), subject_id=user.id, data={"username": user.username})
    return user


async def change_password(db: Database, user_id: str, current: str, new: str) -> User:
    """Gives the user a new password and ends all of their sessions. Raises Forbidden when `current` is wrong."""
    async with db.read() as tx:
        found = await get(tx, user_id)
    if not await passwords.matches(current, found.password_hash):
        raise Forbidden("The current password is wrong; nothing was changed.", code="current_password_wrong")
    new_hash = await passwords.accept(new, found.username, found.email)
    async with db.write() as tx:
        user = await get(tx, user_id, to_change=True)
        if user.version != found.version:
            raise Conflict("The account was changed meanwhile. Sign in and try again.", code="account_changed")
        _set_password(tx, user, new_hash, actor_for(user))
    return user


async def set_password(tx: AsyncSession, username: str, password_hash: str, *, actor: Actor = SYSTEM) -> User:
    """Gives a user a new password without asking for the old one, and ends their sessions. For operators."""
    user = await named(tx, username)
    _set_password(tx, user, password_hash, actor)
    return user


async def deactivate(tx: AsyncSession, user_id: str, *, actor: Actor = SYSTEM) -> User:
    """Ends the user's sessions and lets them in no more. Raises Conflict for the last active administrator."""
    user = await get(tx, user_id, to_change=True)
    if user.role == Role.ADMIN and not await repository.other_admins(tx, user_id):
        raise Conflict(
            f"{user.username} is the only active administrator. Make another one first.", code="last_administrator"
        )
    if user.is_active:
        user.is_active = False
        _end_sessions(user)
        append(tx, "user.deactivated", actor=actor, subject_id=user.id, data={"username": user.username})
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


def _set_password(tx: AsyncSession, user: User, password_hash: str, actor: Actor) -> None:
    user.password_hash = password_hash
    _end_sessions(user)
    append(tx, "user.password_changed", actor=actor, subject_id=user.id, data={"username": user.username})


def _end_sessions(user: User) -> None:
    user.version += 1
    user.updated_at = now()


def _taken(username: str) -> Conflict:
    return Conflict(f"There is already a user called {username!r}. Choose another name.", code="username_taken")
