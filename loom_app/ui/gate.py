"""The gate of the pages. Every event handler is reachable by anybody with a socket, so each one passes through here."""

import functools
import inspect
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

import reflex as rx

from loom_app.auth import refusals, sessions
from loom_app.kernel.actor import Actor
from loom_app.kernel.cause import anew
from loom_app.kernel.errors import LoomError
from loom_app.kernel.ids import new_id
from loom_app.ui import notices
from loom_app.ui.runtime import runtime

PUBLIC = ""
_acting: ContextVar[Actor] = ContextVar("loom_ui_actor")


def actor() -> Actor:
    """Who sent the event that is being handled."""
    return _acting.get()


def handler(permission: str, *, quiet: bool = False, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declares an event handler and the permission it needs; PUBLIC for the few that need none.

    Without a session the browser is sent to /login; without the permission, and for every LoomError, it is told why.
    `quiet` leaves a missing permission to the page, which says it itself. `options` are those of rx.event.
    """

    def declare(work: Callable[..., Any]) -> Any:
        wrapped = _generating if inspect.isasyncgenfunction(work) else _answering
        entry = wrapped(work, permission, quiet)
        functools.update_wrapper(entry, work)
        entry.loom_permission = permission  # type: ignore[attr-defined]  # read by the test that walks all handlers
        entry.loom_quiet = quiet  # type: ignore[attr-defined]  # the same
        return rx.event(**options)(entry) if options else rx.event(entry)

    return declare


async def signed_in(state: rx.State) -> Actor | None:
    """The person behind the tab's cookie, or None."""
    cookie = str(getattr(state.router.headers, "cookie", "") or "")
    using = runtime()
    return await sessions.actor_from_cookie_header(using.keys, using.settings, cookie)


def _generating(work: Callable[..., Any], permission: str, quiet: bool) -> Callable[..., Any]:
    async def entry(self: rx.State, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        refused = await _refusal(self, permission, quiet)
        if refused is not None:
            yield refused
            return
        try:
            async for event in work(self, *args, **kwargs):
                yield event
        except LoomError as error:
            yield told(error)

    return entry


def _answering(work: Callable[..., Any], permission: str, quiet: bool) -> Callable[..., Any]:
    async def entry(self: rx.State, *args: Any, **kwargs: Any) -> Any:
        refused = await _refusal(self, permission, quiet)
        if refused is not None:
            return refused
        try:
            return await work(self, *args, **kwargs)
        except LoomError as error:
            return told(error)

    return entry


async def _refusal(state: rx.State, permission: str, quiet: bool) -> Any:
    """What the browser is answered instead when the handler must not run; None when it may."""
    session = getattr(state.router, "session", None)
    anew(request_id=new_id("req"), address=getattr(session, "client_ip", None) or None)
    known = await signed_in(state)
    if known is not None:
        _acting.set(known)
    if permission == PUBLIC:
        return None
    if known is None:
        return signed_out(state)
    if not known.may(permission):
        if not permission.endswith(":read"):
            where = f"page {getattr(state.router, 'route_id', '')}"
            await refusals.permission(runtime().db, known, permission, where)
        needed = f"This needs the permission {permission}, which {known.name} does not have."
        return [] if quiet else notices.error(needed)
    return None


def signed_out(state: rx.State) -> Any:
    """Leads who is not, or no longer, signed in to where that is done."""
    return rx.redirect(_sign_in(state))


def _sign_in(state: rx.State) -> str:
    """The address of the sign-in page, which leads back to the page that was asked for."""
    url = getattr(state.router, "url", None)
    path = str(getattr(url, "path", "")).rstrip("/")
    page = f"{path}?{url.query}" if url and url.query else path
    if path in ("", "/login"):
        return page or "/login"
    return f"/login?next={quote(page, safe='')}"


def told(error: LoomError) -> Any:
    """A refusal as the person reads it."""
    return notices.error(error.message)
