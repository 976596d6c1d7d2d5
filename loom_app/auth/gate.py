"""The gate of the REST API: who asks, and whether the route lets them in. Each route declares one of these."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import refusals, sessions
from loom_app.auth.watching import Watching
from loom_app.kernel.actor import DEVELOPER, Actor
from loom_app.kernel.errors import Conflict, Forbidden


async def current_actor(request: Request) -> Actor:
    """Who sent this request. Raises Unauthenticated when nobody we know did, TooMany when they ask too often.

    Looked up and counted once a request.
    """
    known: Actor | None = getattr(request.state, "actor", None)
    if known is None:
        known = await sessions.actor_of(request)
        await request.app.state.limits.admit_actor(request, known)
        request.state.actor = known
    return known


CurrentActor = Annotated[Actor, Depends(current_actor)]
Look = Callable[[AsyncSession, str, Actor], Awaitable[object]]

OF_NO_PROJECT = {
    "kind": "a persona is Loom's own",
    "name": "a persona is Loom's own",
    "template_id": "a template of org charts belongs to no project",
    "number": "a revision of the persona named before it",
    "username": "whoever sees a project may know its members",
    "user_id": "accounts are the administrators'",
    "key_id": "one's own keys; others' are the administrators'",
    "depends_on_id": "need not be a bead; the room of beads looks at it",
    "path": "there is nothing there",
    "git_key_id": "a key of the project named before it",
    "fingerprint": "a finding of the project named before it",
    "rule_id": "a rule of the project named before it",
    "definition_id": "a path of beads is Loom's own",
    "workflow_id": "need not be of a project; the room of workflows looks at it",
    "file_path": "a path within the project named before it",
    "branch": "a branch of the project named before it",
    "sha": "a commit of the project named before it",
    "patch_id": "a patch of the project named before it",
    "secret_id": "a webhook secret of the project named before it, or the installation's",
    "backup_file": "copies of the database are the administrators'",
    "proposal_id": "one's own proposals; nobody else's are there",
}
"""Path parameters that name nothing of a project, and why nobody has to look before the route does."""
looks: dict[str, Look] = {}
"""Path parameter → what raises NotFound, in the same words for what is not there and what the asker may not see."""


def looked_up(parameter: str, look: Look) -> None:
    """Has every route with `parameter` in its address ask `look` before anything else about the request is judged."""
    looks[parameter] = look


async def _reader(request: Request) -> Watching:
    return Watching(await current_actor(request), "projects:read", partial(sessions.actor_of, request))


LogReader = Annotated[Watching, Depends(_reader)]
"""Who follows the log over this request."""


class Requires:
    """A dependency that lets only holders of `permission` in."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> None:
        actor = await current_actor(request)
        if not actor.may(self.permission):
            if request.method not in refusals.SAFE:
                where = f"{request.method} {request.scope['route'].path}"
                await refusals.permission(request.app.state.db, actor, self.permission, where)
            raise Forbidden(
                f"This needs the permission {self.permission}, which {actor.name} does not have. Ask an administrator.",
                code="permission_missing",
                permission=self.permission,
            )
        if actor.projects is not None:
            await _look(request, actor)


async def _look(request: Request, actor: Actor) -> None:
    """Raises what the rooms raise for things of projects that `actor` does not see."""
    asked = [(looks[name], str(value)) for name, value in request.path_params.items() if name not in OF_NO_PROJECT]
    if asked:
        async with request.app.state.db.read() as tx:
            for look, value in asked:
                await look(tx, value, actor)


class Public:
    """Declares that a route is open to everybody, on purpose, for `reason`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def __call__(self) -> None:
        """Lets everybody in."""


class Personal:
    """Declares that a route shows or changes only what is the caller's own: whoever is signed in may use it.

    API keys may not, unless `by_key`: one that leaked must not make itself a successor or another password.
    """

    def __init__(self, reason: str, *, by_key: bool) -> None:
        self.reason, self.by_key = reason, by_key

    async def __call__(self, request: Request) -> None:
        actor = await current_actor(request)
        if actor == DEVELOPER and not self.by_key:
            raise Conflict(
                "Signing in is switched off (auth.enabled: false), so there is no account of one's own to use here.",
                code="authentication_off",
            )
        if actor.key_id and not self.by_key:
            raise Forbidden(
                "An API key cannot do this; sign in with POST /api/v1/auth/login and send that token.",
                code="session_needed",
            )


def requires(permission: str) -> Any:
    """`dependencies=[requires("beads:read")]` on a route."""
    return Depends(Requires(permission))


def public(reason: str) -> Any:
    """`dependencies=[public("health is not a secret")]` on a route."""
    return Depends(Public(reason))


def personal(reason: str, *, by_key: bool = False) -> Any:
    """`dependencies=[personal("one's own account")]` on a route; `by_key` lets API keys in as well."""
    return Depends(Personal(reason, by_key=by_key))


async def _stream(request: Request, actor: CurrentActor) -> AsyncIterator[None]:
    with request.app.state.limits.stream(actor):
        yield


one_stream = Depends(_stream)
"""`dependencies=[requires(...), one_stream]` on a route that streams: holds one of the user's streams while it runs."""
