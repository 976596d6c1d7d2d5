"""Live pages: one watcher per open tab passes the log's newest events on, and has the page reload what they changed."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import reflex as rx

from loom_app.auth.watching import Watching
from loom_app.events.record import EventRecord
from loom_app.events.visibility import visible_to
from loom_app.ui.gate import actor, handler, signed_in, signed_out
from loom_app.ui.runtime import runtime

WINDOW = 60
LOOK_SECONDS = 5.0
GATHER_SECONDS = 0.02


@dataclass(frozen=True)
class Interest:
    """What a page wants to hear of: beginnings of event types, and the handler that then reloads its own data."""

    types: tuple[str, ...]
    reload: Callable[[], Any]


EVERYWHERE = "*"
_interests: dict[str, list[Interest]] = {}


def reload_on(route: str, types: tuple[str, ...], reload: Callable[[], Any]) -> None:
    """Has the page at `route` (or EVERYWHERE) reloaded by `reload` after events whose type begins so."""
    _interests.setdefault(route, []).append(Interest(types, reload))


def interested(route: str, types: Iterable[str]) -> list[Interest]:
    """Who at `route` wants to hear that events of `types` happened."""
    happened = tuple(types)
    return [interest for interest in everyone(route) if any(type_.startswith(interest.types) for type_ in happened)]


def everyone(route: str) -> list[Interest]:
    """All who want to hear of anything at `route`."""
    return [*_interests.get(route, ()), *_interests.get(EVERYWHERE, ())]


class Live(rx.State):
    """The newest events as every page's components see them; a component that finds a gap in `seq` loads afresh."""

    window: list[dict[str, Any]] = []
    since: int = 0
    """The number the watcher began after: events up to it are in what the page loaded."""

    @handler("projects:read", background=True, supersedes=True)
    async def watch(self) -> Any:
        """Follows the log until the tab is closed or goes to another page."""
        tail, seen = runtime().tail, visible_to(actor())
        seq, reader = tail.last_seq, Watching(actor(), "projects:read", partial(signed_in, self))
        token, route = self.router.session.client_token, self.router.route_id
        async with self:
            self.window, self.since = [], seq
        while await _is_open(token):
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await tail.wait_beyond(seq)
            except TimeoutError:
                continue
            await asyncio.sleep(GATHER_SECONDS)
            batch = await tail.after(seq)
            seq = batch[-1].seq
            sight = await reader.sight(batch)
            if sight is None:
                async with self:
                    self.window = []
                yield signed_out(self)
                return
            shown = [event for event in batch if sight.shows(event)]
            anew, seen = sight != seen, sight
            if not shown and not anew:
                continue
            async with self:
                kept = [] if anew else self.window
                self.window = [*kept, *map(_compact, shown)][-WINDOW:]
                self.since = seq if anew else self.since
            for interest in everyone(route) if anew else interested(route, {event.type for event in shown}):
                yield interest.reload()


def _compact(event: EventRecord) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "type": event.type,
        "subject_id": event.subject_id,
        "project_id": event.project_id,
        "data": event.data,
    }


async def _is_open(token: str) -> bool:
    """Whether the tab still has its socket; Reflex does not end background work when a tab closes."""
    from reflex.utils.prerequisites import get_app

    namespace = get_app().app.event_namespace
    return namespace is not None and await namespace._token_manager.is_token_connected(token)  # noqa: SLF001 - no public way
