"""Who sees which project: administrators see all of them, everybody else those they are members of."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.auth import service as users
from loom_app.auth.models import ApiKey, ProjectMember, User
from loom_app.auth.permissions import Role, permissions_of
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import inserting
from loom_app.kernel.errors import Forbidden, NotFound


class MemberRole(StrEnum):
    """An owner also says who else sees the project."""

    OWNER = "owner"
    MEMBER = "member"


async def as_actor(tx: AsyncSession, user_id: str) -> Actor | None:
    """The user with what they may do and see now; None for nobody and for one who may no longer come in."""
    user = await tx.get(User, user_id, populate_existing=True)
    if user is None or not user.is_active:
        return None
    query = select(col(ProjectMember.project_id)).where(col(ProjectMember.user_id) == user_id)
    seen = None if user.role == Role.ADMIN else frozenset((await tx.execute(query)).scalars())
    return Actor("user", user.id, user.username, permissions_of(user.role), seen)


async def still(tx: AsyncSession, actor: Actor) -> Actor | None:
    """`actor` with what they may do and see now; None when they, or the API key they came with, were shut out."""
    if actor.kind != "user":
        return actor
    found = await as_actor(tx, actor.id)
    if found is None or not actor.key_id:
        return found
    key = await tx.get(ApiKey, actor.key_id, populate_existing=True)
    if key is None or (key.expires_at is not None and key.expires_at <= now()):
        return None
    scopes = frozenset(key.permissions)
    return replace(found, permissions=found.permissions or scopes, scopes=scopes, key_id=key.id)


async def page(tx: AsyncSession, project_id: str, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """The project's members by name (user_id, username, role, added_at), and how many there are."""
    columns = (ProjectMember.user_id, User.username, ProjectMember.role, ProjectMember.added_at)
    of_project = col(ProjectMember.project_id) == project_id
    query = select(*map(col, columns)).join(User, col(User.id) == col(ProjectMember.user_id)).where(of_project)
    total = (await tx.execute(select(func.count()).select_from(ProjectMember).where(of_project))).scalar_one()
    by_name = query.order_by(func.lower(col(User.username))).limit(limit).offset(offset)
    return (await tx.execute(by_name)).all(), total


async def may_manage(tx: AsyncSession, project_id: str, actor: Actor) -> bool:
    """Whether `actor` says who sees the project: an administrator or one of its owners."""
    if actor.projects is None:
        return True
    held = await tx.get(ProjectMember, (actor.id, project_id))
    return held is not None and held.role == MemberRole.OWNER


async def person_called(tx: AsyncSession, project_id: str, name: str) -> str | None:
    """The id of the active user with that id or name, if they see the project."""
    sees = or_(col(User.role) == Role.ADMIN, col(ProjectMember.project_id).is_not(None))
    known = or_(col(User.id) == name, func.lower(col(User.username)) == name.lower())
    held = and_(col(ProjectMember.user_id) == col(User.id), col(ProjectMember.project_id) == project_id)
    query = select(col(User.id)).outerjoin(ProjectMember, held).where(known, sees, col(User.is_active))
    return (await tx.execute(query.limit(1))).scalar()


async def put(
    tx: AsyncSession, project_id: str, username: str, role: MemberRole, *, actor: Actor
) -> tuple[ProjectMember, User]:
    """Has the user see the project, in that role. No event when it is so already.

    Raises NotFound for an unknown user and Forbidden when `actor` is neither an owner nor an administrator.
    """
    await _check_may_manage(tx, project_id, actor)
    named = await users.named(tx, username)
    user = await users.get(tx, named.id, to_change=True)  # of two at once the second finds what the first added
    member = await _locked(tx, user.id, project_id)
    if member is not None and member.role == role:
        return member, user
    if member is None:
        member = ProjectMember(user_id=user.id, project_id=project_id)
        tx.add(member)
    member.role = role
    _tell(tx, "project.member_added", project_id, user, role, actor)
    await tx.flush()
    return member, user


async def remove(tx: AsyncSession, project_id: str, username: str, *, actor: Actor) -> None:
    """Has the user see the project no more, at once. The last owner may go too: administrators remain.

    Raises NotFound for an unknown user or one who is no member, Forbidden as `put` does.
    """
    await _check_may_manage(tx, project_id, actor)
    user = await users.named(tx, username)
    member = await _locked(tx, user.id, project_id)
    if member is None:
        raise NotFound(f"{user.username} is not a member of project {project_id!r}.", code="member_not_found")
    await tx.delete(member)
    _tell(tx, "project.member_removed", project_id, user, MemberRole(member.role), actor)


async def add_founder(tx: AsyncSession, project_id: str, actor: Actor) -> None:
    """Makes whoever makes the project its owner. What Loom itself makes has no members."""
    if actor.kind != "user":
        return
    await tx.flush()
    known = select(col(User.id), literal(project_id), literal(MemberRole.OWNER.value), literal(now(), _MOMENT))
    columns = ["user_id", "project_id", "role", "added_at"]
    founder = inserting(tx, ProjectMember).from_select(columns, known.where(col(User.id) == actor.id))
    await tx.execute(founder.on_conflict_do_nothing())


_MOMENT = ProjectMember.__table__.c.added_at.type  # type: ignore[attr-defined]


async def _locked(tx: AsyncSession, user_id: str, project_id: str) -> ProjectMember | None:
    return await tx.get(ProjectMember, (user_id, project_id), with_for_update=True)


async def _check_may_manage(tx: AsyncSession, project_id: str, actor: Actor) -> None:
    if not await may_manage(tx, project_id, actor):
        raise Forbidden(
            "Only an owner of the project or an administrator says who sees it. Ask one of them.", code="not_an_owner"
        )


def _tell(tx: AsyncSession, type_: str, project_id: str, user: User, role: MemberRole, actor: Actor) -> None:
    data = {"user_id": user.id, "username": user.username, "role": role}
    append(tx, type_, actor=actor, project_id=project_id, subject_id=project_id, data=data)
