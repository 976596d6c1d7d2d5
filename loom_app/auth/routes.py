"""REST for signing in and out, the first user, one's own account and the list of users."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from loom_app.auth import key_routes, passwords, repository, service, sessions, setup, tokens
from loom_app.auth.gate import CurrentActor, personal, public, requires
from loom_app.auth.models import User
from loom_app.auth.permissions import permissions_of
from loom_app.auth.schemas import (
    Credentials,
    FirstUser,
    Me,
    NewUser,
    PasswordChange,
    Renewal,
    SetupState,
    SignedIn,
    UserShown,
)
from loom_app.auth.sessions import cookie_name
from loom_app.auth.throttle import Throttle
from loom_app.config import Settings
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.rest import AppDatabase, AppKeys, AppSettings, Page, ReadTx, WriteTx

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])
router.include_router(key_routes.router)


def _throttle(request: Request) -> Throttle:
    """The throttle of this process, made at its first use."""
    state = request.app.state
    if not hasattr(state, "throttle"):
        state.throttle = Throttle()
    return state.throttle  # type: ignore[no-any-return]


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


AppThrottle = Annotated[Throttle, Depends(_throttle)]
Address = Annotated[str, Depends(_address)]


@router.post("/login", dependencies=[public("this is how one signs in")])
async def login(
    body: Credentials,
    response: Response,
    db: AppDatabase,
    keys: AppKeys,
    settings: AppSettings,
    throttle: AppThrottle,
    address: Address,
) -> SignedIn:
    """A session for a name and a password: a token, and the same as a cookie."""
    throttle.admit(body.username, address)
    user = await service.sign_in(db, body.username, body.password)
    throttle.succeeded(body.username, address)
    return await _session(response, keys, settings, user)


@router.post("/refresh", dependencies=[public("the token in it is the key")])
async def refresh(
    request: Request, response: Response, keys: AppKeys, settings: AppSettings, body: Renewal | None = None
) -> SignedIn:
    """A new token for one that still holds, given in the body or as usual; the old one ends. For a week at the most."""
    given = (body.token if body else "") or sessions.presented_token(request)
    user, signed_in_at = await sessions.renew(keys, given)
    return await _session(response, keys, settings, user, signed_in_at=signed_in_at)


@router.post("/logout", status_code=204, dependencies=[public("it only ends the session that is sent with it")])
async def logout(request: Request, response: Response, tx: WriteTx, keys: AppKeys, settings: AppSettings) -> None:
    """Ends the session of the token or cookie that is sent, and takes the cookie away from this browser."""
    await sessions.end(tx, keys, sessions.presented_token(request))
    response.delete_cookie(cookie_name(settings), path="/", httponly=True, samesite="lax", secure=settings.is_https)


@router.get("/setup", dependencies=[public("the first page has to know")])
async def setup_state(tx: ReadTx) -> SetupState:
    """Whether the first user has yet to be made."""
    return SetupState(needed=await setup.needed(tx))


@router.post("/setup", status_code=201, dependencies=[public("the set-up link's token is the key")])
async def set_up(
    body: FirstUser,
    response: Response,
    db: AppDatabase,
    keys: AppKeys,
    settings: AppSettings,
) -> SignedIn:
    """Makes the first user, an administrator, and signs them in. Works once."""
    user = await setup.redeem(db, body.token, body.username, body.password, body.email)
    return await _session(response, keys, settings, user)


@router.get("/me", dependencies=[personal("one's own account", by_key=True)])
async def me(tx: ReadTx, actor: CurrentActor) -> Me:
    """The user who asks."""
    user = await service.get(tx, actor.id)
    permissions = permissions_of(user.role) if actor.scopes is None else actor.scopes
    projects = None if actor.projects is None else sorted(actor.projects)
    return Me(**_shown(user).model_dump(), permissions=sorted(permissions), projects=projects)


@router.post("/change-password", dependencies=[personal("one's own password")])
async def change_password(
    body: PasswordChange,
    response: Response,
    db: AppDatabase,
    keys: AppKeys,
    settings: AppSettings,
    actor: CurrentActor,
    throttle: AppThrottle,
    address: Address,
) -> SignedIn:
    """Changes one's own password. Every other session ends; this one goes on with the new token and cookie."""
    throttle.admit(actor.name, address)
    user = await service.change_password(db, actor.id, body.current_password, body.new_password)
    throttle.succeeded(actor.name, address)
    return await _session(response, keys, settings, user)


@router.get("/users", dependencies=[requires("system:admin")])
async def list_users(tx: ReadTx, request: Request, response: Response, page: Page) -> list[UserShown]:
    """Users, by name."""
    rows, total = await repository.page(tx, page.limit, page.offset)
    page.announce(request, response, total)
    return [UserShown.model_validate(row) for row in rows]


@router.post("/users", status_code=201, dependencies=[requires("system:admin")])
async def create_user(body: NewUser, db: AppDatabase, actor: CurrentActor) -> UserShown:
    """Makes a user."""
    service.check_username(body.username)
    password_hash = await passwords.accept(body.password, body.username, body.email)
    async with db.write() as tx:
        user = await service.create_user(
            tx, username=body.username, email=body.email, role=body.role, password_hash=password_hash, actor=actor
        )
    return _shown(user)


async def _session(
    response: Response, keys: Keyring, settings: Settings, user: User, *, signed_in_at: datetime | None = None
) -> SignedIn:
    token = await tokens.issue(keys, user, signed_in_at=signed_in_at)
    seconds = int(tokens.LIFETIME.total_seconds())
    response.set_cookie(
        cookie_name(settings), token, max_age=seconds, path="/", httponly=True, samesite="lax", secure=settings.is_https
    )
    response.headers["Cache-Control"] = "no-store"
    return SignedIn(token=token, expires_in=seconds, user=_shown(user))


def _shown(user: User) -> UserShown:
    return UserShown.model_validate(user)
