"""What administrators do to the accounts of others, and the link by which a forgotten password is replaced."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import links, passwords, repository, second_factor, service
from loom_app.auth.links import Purpose
from loom_app.auth.models import OneTimeLink, User
from loom_app.auth.permissions import Role
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden


async def change(
    tx: AsyncSession,
    user_id: str,
    *,
    email: str | None = None,
    role: str | None = None,
    is_active: bool | None = None,
    actor: Actor,
) -> User:
    """The user with what is not None changed. A new role and a deactivation end all of the user's sessions.

    Raises NotFound, Invalid, and Conflict where it would leave Loom without an active administrator (code
    `last_administrator`) or the actor outside (code `own_account`).
    """
    user = await _held(tx, user_id, actor, ends_admin=is_active is False or role not in (None, Role.ADMIN))
    if email is not None and email != user.email:
        service.check_email(email)
        user.email, user.updated_at = email, now()
        _tell(tx, "user.email_changed", user, actor)
    if role is not None and role != user.role:
        service.check_role(role)
        _tell(tx, "user.role_changed", user, actor, previous=str(user.role), role=str(role))
        user.role = role
        service.end_sessions(user)
    if is_active is not None and is_active != user.is_active:
        user.is_active = is_active
        service.end_sessions(user)
        await repository.drop_links(tx, Purpose.RESET, user.id)
        _tell(tx, "user.activated" if is_active else "user.deactivated", user, actor)
    return user


async def delete(tx: AsyncSession, user_id: str, *, actor: Actor) -> None:
    """Takes the user away for good, with their sessions, API keys, memberships, second factor and links.

    Events keep naming them, and providers they registered keep their id. Raises as `change` does.
    """
    user = await _held(tx, user_id, actor, ends_admin=True)
    await tx.delete(user)
    _tell(tx, "user.deleted", user, actor, role=str(user.role))


async def reset_link(
    tx: AsyncSession, user_id: str, *, ends_second_factor: bool = False, actor: Actor
) -> tuple[str, datetime]:
    """The token of a link by which the user sets a new password, and when it ends. Earlier ones end now.

    Raises NotFound, and Conflict (code `user_inactive`) for somebody who may not come in anyway.
    """
    user = await service.get(tx, user_id, to_change=True)
    if not user.is_active:
        raise Conflict(f"{user.username} is inactive. Activate the account first.", code="user_inactive")
    made = await links.make(tx, Purpose.RESET, user_id=user.id, ends_second_factor=ends_second_factor)
    _tell(tx, "user.reset_link_made", user, actor, ends_second_factor=ends_second_factor)
    return made


async def redeem_reset(db: Database, token: str, password: str) -> User:
    """The user of the link with `token`, who has the new `password` and no session any more. Of two at once one wins.

    A refused password leaves the link usable. Raises Invalid, and Forbidden (code `reset_token_invalid`) for a link
    that is wrong, used, expired, or of somebody who may not come in.
    """
    async with db.read() as tx:
        link, user = await _linked(tx, token)
    password_hash = await passwords.accept(password, user.username, user.email)
    async with db.write() as tx:
        user = await service.get(tx, user.id, to_change=True)
        if not await links.use(tx, Purpose.RESET, token):
            raise _bad_link()
        await service.give_password(tx, user, password_hash, service.actor_for(user))
        if link.ends_second_factor and user.totp_enabled:
            await second_factor.remove(tx, user, service.actor_for(user))
    return user


async def _linked(tx: AsyncSession, token: str) -> tuple[OneTimeLink, User]:
    link = await links.waiting(tx, Purpose.RESET, token)
    user = await repository.by_id(tx, link.user_id) if link and link.user_id else None
    if link is None or user is None:
        raise _bad_link()
    return link, user


async def _held(tx: AsyncSession, user_id: str, actor: Actor, *, ends_admin: bool) -> User:
    """The user, locked; after every active administrator where one may go, so that two cannot go past each other."""
    admins = await repository.hold_admins(tx) if ends_admin else []
    user = await service.get(tx, user_id, to_change=True)
    if admins == [user.id]:
        raise Conflict(
            f"{user.username} is the only active administrator. Make another one first.", code="last_administrator"
        )
    if ends_admin and user.id == actor.id:
        raise Conflict(
            "This would lock you out of your own account. Ask another administrator to do it.", code="own_account"
        )
    return user


def _tell(tx: AsyncSession, type_: str, user: User, actor: Actor, **data: object) -> None:
    append(tx, type_, actor=actor, subject_id=user.id, data={"username": user.username, **data})


def _bad_link() -> Forbidden:
    return Forbidden(
        "This link is wrong, used or older than a day. Ask an administrator for a new one.", code="reset_token_invalid"
    )
