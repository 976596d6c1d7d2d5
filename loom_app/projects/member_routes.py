"""REST of who sees a project."""

from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from loom_app.auth import memberships
from loom_app.auth.gate import CurrentActor, requires
from loom_app.auth.memberships import MemberRole
from loom_app.kernel.rest import Page, ReadTx, WriteTx

router = APIRouter(prefix="/{project_id}/members")


class Membership(BaseModel):
    """What somebody is to be to a project."""

    model_config = ConfigDict(extra="forbid")

    role: MemberRole = MemberRole.MEMBER


class MemberView(BaseModel):
    """Somebody who sees a project."""

    model_config = ConfigDict(from_attributes=True)

    user_id: str
    username: str
    role: str
    added_at: datetime


@router.get("", dependencies=[requires("projects:read")])
async def members(project_id: str, tx: ReadTx, page: Page, request: Request, response: Response) -> list[MemberView]:
    """Who sees the project, by name; administrators see every project besides."""
    rows, total = await memberships.page(tx, project_id, page.limit, page.offset)
    page.announce(request, response, total)
    return [MemberView.model_validate(row) for row in rows]


@router.put("/{username}", dependencies=[requires("projects:write")])
async def put_member(
    project_id: str, username: str, tx: WriteTx, actor: CurrentActor, wanted: Membership | None = None
) -> MemberView:
    """Has a user see the project, as `member` or as `owner`. Owners and administrators may do this."""
    role = wanted.role if wanted else MemberRole.MEMBER
    member, user = await memberships.put(tx, project_id, username, role, actor=actor)
    return MemberView(user_id=user.id, username=user.username, role=member.role, added_at=member.added_at)


@router.delete("/{username}", status_code=204, dependencies=[requires("projects:write")])
async def remove_member(project_id: str, username: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Has a user see the project no more."""
    await memberships.remove(tx, project_id, username, actor=actor)
