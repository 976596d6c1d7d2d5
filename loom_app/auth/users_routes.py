"""REST of the accounts of others, for administrators."""

from fastapi import APIRouter, Request, Response

from loom_app.auth import accounts, links, passwords, repository, service
from loom_app.auth.gate import CurrentActor, requires
from loom_app.auth.links import Purpose
from loom_app.auth.schemas import NewUser, ResetLink, ResetWanted, UserChange, UserShown
from loom_app.kernel.rest import AppDatabase, AppSettings, Page, ReadTx, WriteTx

router = APIRouter(prefix="/users")
ADMIN = [requires("system:admin")]


@router.get("", dependencies=ADMIN)
async def list_users(tx: ReadTx, request: Request, response: Response, page: Page) -> list[UserShown]:
    """Users, by name."""
    rows, total = await repository.page(tx, page.limit, page.offset)
    page.announce(request, response, total)
    return [UserShown.model_validate(row) for row in rows]


@router.post("", status_code=201, dependencies=ADMIN)
async def create_user(body: NewUser, db: AppDatabase, actor: CurrentActor) -> UserShown:
    """Makes a user: with a password, or without one for a service or for whoever gets a reset link."""
    service.check_username(body.username)
    if body.password is None:
        password_hash = await passwords.nobody_knows()
    else:
        password_hash = await passwords.accept(body.password, body.username, body.email)
    async with db.write() as tx:
        user = await service.create_user(
            tx, username=body.username, email=body.email, role=body.role, password_hash=password_hash, actor=actor
        )
    return UserShown.model_validate(user)


@router.get("/{user_id}", dependencies=ADMIN)
async def read_user(user_id: str, tx: ReadTx) -> UserShown:
    """One user."""
    return UserShown.model_validate(await service.get(tx, user_id))


@router.patch("/{user_id}", dependencies=ADMIN)
async def change_user(user_id: str, body: UserChange, tx: WriteTx, actor: CurrentActor) -> UserShown:
    """Changes e-mail, role, or whether the user may sign in. A new role and a deactivation end their sessions."""
    changed = await accounts.change(
        tx, user_id, email=body.email, role=body.role, is_active=body.is_active, actor=actor
    )
    return UserShown.model_validate(changed)


@router.delete("/{user_id}", status_code=204, dependencies=ADMIN)
async def delete_user(user_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Takes a user away for good, with their sessions, API keys and memberships; the log keeps naming them."""
    await accounts.delete(tx, user_id, actor=actor)


@router.post("/{user_id}/reset", dependencies=ADMIN)
async def make_reset_link(
    user_id: str,
    response: Response,
    tx: WriteTx,
    settings: AppSettings,
    actor: CurrentActor,
    body: ResetWanted | None = None,
) -> ResetLink:
    """A link by which the user sets a new password, once and within a day; earlier ones end. For you to hand over."""
    ends_factor = body is not None and body.second_factor
    token, expires_at = await accounts.reset_link(tx, user_id, ends_second_factor=ends_factor, actor=actor)
    response.headers["Cache-Control"] = "no-store"
    return ResetLink(url=links.address(settings.base_url, Purpose.RESET, token), expires_at=expires_at)
