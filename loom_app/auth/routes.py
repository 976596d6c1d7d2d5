"""REST for signing in and out, the first user, one's own account and the list of users."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from loom_app.auth import passwords, repository, service, setup, tokens
from loom_app.auth.gate import CurrentActor, personal, public, requires
from loom_app.auth.models import User
from loom_app.auth.permissions import permissions_of
from loom_app.auth.schemas import (
    Credentials,
    FirstUser,
    Me,
    NewUser,
    PasswordChange,
    SetupState,
    SignedIn,
    UserShown,
)
from loom_app.auth.sessions import COOKIE
from loom_app.auth.throttle import Throttle
from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.rest import AppDatabase, AppSettings, AppVault, Page, ReadTx

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


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
    vault: AppVault,
    settings: AppSettings,
    throttle: AppThrottle,
    address: Address,
) -> SignedIn:
    """A session for a name and a password: a token, and the same as a cookie."""
    throttle.admit(body.username, address)
    user = await service.sign_in(db, body.username, body.password)
    throttle.succeeded(body.username, address)
    return _session(response, vault, settings, user)


@router.post("/logout", status_code=204, dependencies=[public("it only takes the caller's own cookie away")])
async def logout(response: Response, settings: AppSettings) -> None:
    """Takes the session cookie away from this browser."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=_secure(settings))


@router.get("/setup", dependencies=[public("the first page has to know")])
async def setup_state(tx: ReadTx) -> SetupState:
    """Whether the first user has yet to be made."""
    return SetupState(needed=await setup.needed(tx))


@router.post("/setup", status_code=201, dependencies=[public("the set-up link's token is the key")])
async def set_up(
    body: FirstUser,
    response: Response,
    db: AppDatabase,
    vault: AppVault,
    settings: AppSettings,
) -> SignedIn:
    """Makes the first user, an administrator, and signs them in. Works once."""
    user = await setup.redeem(db, body.token, body.username, body.password, body.email)
    return _session(response, vault, settings, user)


@router.get("/me", dependencies=[personal("one's own account")])
async def me(tx: ReadTx, actor: CurrentActor) -> Me:
    """The user who asks."""
    user = await service.get(tx, actor.id)
    return Me(**_shown(user).model_dump(), permissions=sorted(permissions_of(user.role)))


@router.post("/change-password", dependencies=[personal("one's own password")])
async def change_password(
    body: PasswordChange,
    response: Response,
    db: AppDatabase,
    vault: AppVault,
    settings: AppSettings,
    actor: CurrentActor,
    throttle: AppThrottle,
    address: Address,
) -> SignedIn:
    """Changes one's own password. Every other session ends; this one goes on with the new token and cookie."""
    throttle.admit(actor.name, address)
    user = await service.change_password(db, actor.id, body.current_password, body.new_password)
    throttle.succeeded(actor.name, address)
    return _session(response, vault, settings, user)


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
    password_hash = await passwords.accept(body.password, body.username)
    async with db.write() as tx:
        user = await service.create_user(
            tx, username=body.username, email=body.email, role=body.role, password_hash=password_hash, actor=actor
        )
    return _shown(user)


def _session(response: Response, vault: Vault, settings: Settings, user: User) -> SignedIn:
    token = tokens.issue(vault, user)
    seconds = int(tokens.LIFETIME.total_seconds())
    response.set_cookie(
        COOKIE, token, max_age=seconds, path="/", httponly=True, samesite="lax", secure=_secure(settings)
    )
    response.headers["Cache-Control"] = "no-store"
    return SignedIn(token=token, expires_in=seconds, user=_shown(user))


def _shown(user: User) -> UserShown:
    return UserShown.model_validate(user)


def _secure(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")
