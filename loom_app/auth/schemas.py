"""What the authentication routes take and give."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from loom_app.auth.permissions import Role
from loom_app.kernel.rest import Body, Lenient

Typed = Annotated[str, StringConstraints(max_length=1024)]


Code = Annotated[str, StringConstraints(max_length=100)]
"""A code of the second factor: six digits of an app, or a recovery code."""


class Credentials(Body):
    """Who wants to sign in."""

    username: Typed
    password: Typed = Field(repr=False)
    code: Code = Field("", repr=False)


class FirstUser(Body):
    """The holder of the set-up link and what they want to be called."""

    token: Typed = Field(repr=False)
    username: Typed
    password: Typed = Field(repr=False)
    email: Typed = ""


class NewUser(Body):
    """A user an administrator makes. Without a password nobody can sign in as them until a reset link was used."""

    username: Typed
    password: Typed | None = Field(None, repr=False)
    role: Annotated[Role, Lenient] = Role.USER
    email: Typed = ""


class PasswordChange(Body):
    """The old password and the one to use from now on."""

    current_password: Typed = Field(repr=False)
    new_password: Typed = Field(repr=False)


class UserChange(Body):
    """What an administrator changes of a user; what is left out or null stays."""

    email: Typed | None = None
    role: Annotated[Role, Lenient] | None = None
    is_active: bool | None = None


class ResetWanted(Body):
    """Whether the link also takes the second factor away."""

    second_factor: bool = False


class ResetLink(BaseModel):
    """An address that sets a new password once, until `expires_at`. It is shown this once."""

    url: str = Field(repr=False)
    expires_at: datetime


class PasswordReset(Body):
    """The token of a reset link, and the password to use from now on."""

    token: Typed = Field(repr=False)
    new_password: Typed = Field(repr=False)


class ResetDone(BaseModel):
    """Who may now sign in with the new password."""

    username: str


class Proof(Body):
    """The password, shown again."""

    current_password: Typed = Field(repr=False)


class FullProof(Proof):
    """The password and a code of the second factor, shown again."""

    code: Code = Field("", repr=False)


class CodeShown(Body):
    """A code of the app."""

    code: Code = Field(repr=False)


class FactorOffered(BaseModel):
    """What an app takes in: by hand, by link or by camera. It counts once a code was confirmed."""

    model_config = ConfigDict(from_attributes=True)

    secret: str = Field(repr=False)
    uri: str = Field(repr=False)
    qr_svg: str = Field(repr=False)


class RecoveryCodes(BaseModel):
    """Codes that each stand in for the second factor once. They are shown this once."""

    recovery_codes: list[str] = Field(repr=False)


class Renewal(Body):
    """The token to renew; empty takes the one of the Authorization header or the cookie."""

    token: Annotated[str, StringConstraints(max_length=4096)] = Field("", repr=False)


class NewKey(Body):
    """An API key to make. `expires_in` in seconds, without it the key has no end; `user_id` by administrators alone."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    permissions: list[Annotated[str, StringConstraints(max_length=100)]] = Field(min_length=1, max_length=50)
    expires_in: int | None = None
    user_id: Typed = ""


class UserShown(BaseModel):
    """A user as others see them."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    username: str
    email: str
    role: str
    is_active: bool
    totp_enabled: bool
    created_at: datetime
    updated_at: datetime
    last_sign_in_at: datetime | None


class Me(UserShown):
    """The user who asks, what they may do, and how many recovery codes they have left."""

    recovery_codes_left: int
    permissions: list[str]
    projects: list[str] | None
    """The projects they see; null for all."""


class KeyShown(BaseModel):
    """An API key as its owner sees it. `id` is the part of the key after `loom_live_`."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    user_id: str
    username: str
    permissions: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class KeyMade(KeyShown):
    """A new API key with its text, which is shown this once."""

    key: str = Field(repr=False)


class SignedIn(BaseModel):
    """A session: `token` for programs, `expires_in` seconds; browsers get it as a cookie that scripts cannot read."""

    token: str = Field(repr=False)
    expires_in: int
    user: UserShown


class SetupState(BaseModel):
    """Whether the first user has yet to be made."""

    needed: bool
