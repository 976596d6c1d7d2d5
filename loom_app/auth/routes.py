"""REST for signing in and out, the first user, and one's own account."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from loom_app.auth import accounts, key_routes, service, sessions, setup, tokens, totp_routes, users_routes
from loom_app.auth import factor_repository as factors
from loom_app.auth.door import AppDoor
from loom_app.auth.gate import CurrentActor, personal, public
from loom_app.auth.models import User
from loom_app.auth.permissions import Role, permissions_of
from loom_app.auth.schemas import (
    Credentials,
    FirstUser,
    Me,
    PasswordChange,
    PasswordReset,
    Renewal,
    ResetDone,
    SetupState,
    SignedIn,
    UserShown,
)
from loom_app.auth.sessions import cookie_name
from loom_app.config import Settings
from loom_app.kernel.actor import DEVELOPER
from loom_app.kernel.clock import now
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.rest import AppDatabase, AppKeys, AppSettings, ReadTx, WriteTx

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])
for part in (users_routes, totp_routes, key_routes):
    router.include_router(part.router)


@router.post("/login", dependencies=[public("this is how one signs in")])
async def login(
    body: Credentials,
    response: Response,
    keys: AppKeys,
    settings: AppSettings,
    door: AppDoor,
) -> SignedIn:
    """A session for a name, a password and, where a second factor is on, a code: a token, and the same as a cookie."""
    user = await door.sign_in(body.username, body.password, body.code)
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


@router.post("/reset", dependencies=[public("the reset link's token is the key")])
async def reset(body: PasswordReset, db: AppDatabase) -> ResetDone:
    """A new password for the holder of a reset link. Works once, and ends every session of that user."""
    user = await accounts.redeem_reset(db, body.token, body.new_password)
    return ResetDone(username=user.username)


@router.get("/me", dependencies=[personal("one's own account", by_key=True)])
async def me(tx: ReadTx, actor: CurrentActor) -> Me:
    """The user who asks."""
    if actor == DEVELOPER:
        return DEVELOPMENT
    user = await service.get(tx, actor.id)
    permissions = permissions_of(user.role) if actor.scopes is None else actor.scopes
    projects = None if actor.projects is None else sorted(actor.projects)
    left = await factors.recovery_codes_left(tx, user.id)
    shown = UserShown.model_validate(user).model_dump()
    return Me(**shown, permissions=sorted(permissions), projects=projects, recovery_codes_left=left)


@router.post("/change-password", dependencies=[personal("one's own password")])
async def change_password(
    body: PasswordChange,
    response: Response,
    keys: AppKeys,
    settings: AppSettings,
    actor: CurrentActor,
    door: AppDoor,
) -> SignedIn:
    """Changes one's own password. Every other session ends; this one goes on with the new token and cookie."""
    found = await door.recognise(actor.id, body.current_password)
    user = await service.change_password(door.db, found, body.new_password)
    return await _session(response, keys, settings, user)


DEVELOPMENT = Me(
    id=DEVELOPER.id, username=DEVELOPER.name, email="", role=Role.ADMIN, is_active=True, totp_enabled=False,
    created_at=now(), updated_at=now(), last_sign_in_at=None,
    permissions=sorted(DEVELOPER.permissions), projects=None, recovery_codes_left=0,
)  # fmt: skip
"""What is said of whoever asks where signing in is switched off."""


async def _session(
    response: Response, keys: Keyring, settings: Settings, user: User, *, signed_in_at: datetime | None = None
) -> SignedIn:
    token = await tokens.issue(keys, user, signed_in_at=signed_in_at)
    seconds = int(tokens.LIFETIME.total_seconds())
    response.set_cookie(
        cookie_name(settings), token, max_age=seconds, path="/", httponly=True, samesite="lax", secure=settings.is_https
    )
    response.headers["Cache-Control"] = "no-store"
    return SignedIn(token=token, expires_in=seconds, user=UserShown.model_validate(user))
