"""What the API takes and gives of keys, logins and known hosts. No answer holds a secret."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from loom_app.git.hosts import HostKey
from loom_app.git.places import place_of
from loom_app.gitaccess.instructions import instructions
from loom_app.gitaccess.models import AuthMethod, GitKey, GitLogin
from loom_app.kernel.bodies import Body
from loom_app.projects.models import Project

PLAIN = r"^[^\x00-\x20\x7f]*$"
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=PLAIN)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00-\x1f\x7f]+$")]


class KeyView(BaseModel):
    """One key of a project; `worked_at` is when it was first seen to let a push in."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    public_key: str
    fingerprint: str
    created_at: datetime
    worked_at: datetime | None


class InstructionView(BaseModel):
    """What to do with the public key on one site."""

    model_config = ConfigDict(from_attributes=True)

    site: str
    url: str
    steps: list[str]


class GitKeyView(BaseModel):
    """A project's key: `public_key` is the one to hand out, "" before there is one.

    `rotated` while an earlier key is kept beside it; `keys` are all, the newest first.
    """

    project_id: str
    auth_method: AuthMethod
    public_key: str
    fingerprint: str
    rotated: bool
    keys: list[KeyView]
    instructions: list[InstructionView]

    @classmethod
    def of(cls, project: Project, method: AuthMethod, keys: Sequence[GitKey]) -> "GitKeyView":
        """The view of a project's keys."""
        first = keys[0] if keys else None
        steps = instructions(place_of(project.git_repo), f"Loom: {project.name}") if first else []
        return cls(
            project_id=project.id, auth_method=method, rotated=len(keys) > 1,
            public_key=first.public_key if first else "", fingerprint=first.fingerprint if first else "",
            keys=[KeyView.model_validate(key) for key in keys],
            instructions=[InstructionView(site=one.site, url=one.url, steps=list(one.steps)) for one in steps],
        )  # fmt: skip


class LoginDraft(Body):
    """A user name and a token or password, for the site of the project's https:// address alone."""

    username: Word = Field("", description="Most sites take a token without one.")
    secret: Secret = Field(repr=False)


class LoginView(BaseModel):
    """How a project comes to its repository, and the login there is."""

    project_id: str
    auth_method: AuthMethod
    site: str = ""
    username: str = ""
    set_by: str = ""
    set_at: datetime | None = None

    @classmethod
    def of(cls, project_id: str, method: AuthMethod, login: GitLogin | None) -> "LoginView":
        """The view of a login."""
        shown = login.model_dump(include={"site", "username", "set_by", "set_at"}) if login else {}
        return cls(project_id=project_id, auth_method=method, **shown)


class HostPin(Body):
    """A key to believe of a host.

    `key` is its type and base64, as `ssh-keyscan` prints them after the name; or `fingerprint` names the key that the
    host of the project's repository shows at this moment.
    """

    host: Word
    key: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""
    fingerprint: Annotated[str, StringConstraints(pattern=r"^(SHA256:[A-Za-z0-9+/]{43})?$")] = ""


class HostView(BaseModel):
    """A key by which a host is known; `source` is `person`, `first contact` or `published` for what Loom brings."""

    host: str
    type: str
    fingerprint: str
    source: str
    pinned_at: datetime | None = None

    @classmethod
    def of(cls, key: HostKey, source: str, pinned_at: datetime | None = None) -> "HostView":
        """The view of a key."""
        return cls(host=key.host, type=key.kind, fingerprint=key.fingerprint, source=source, pinned_at=pinned_at)


class CheckView(BaseModel):
    """What a look at the repository found; `code` is empty when all is well."""

    model_config = ConfigDict(from_attributes=True)

    reachable: bool
    may_push: bool | None
    empty: bool | None
    default_branch: str
    has_branch: bool
    code: str
    message: str
