"""Live pages: one watcher per open tab passes the log's newest events on, and has the page reload what they changed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import reflex as rx

from loom_app.auth.watching import Watching
from loom_app.events.record import EventRecord
from loom_app.events.visibility import Sight, visible_to
from loom_app.kernel.database import Database
from loom_app.ui.gate import actor, handler, signed_in, signed_out
from loom_app.ui.runtime import runtime

WINDOW = 60
WINDOW_SECONDS = 5.0
"""How long an event stays in the window when others come: a page that hears nothing for so long loads afresh."""
LOOK_SECONDS = 5.0
GATHER_SECONDS = 0.02


@dataclass(frozen=True)
class Interest:
    """What a page wants to hear of: beginnings of event types, and the handler that then reloads its own data."""

    types: tuple[str, ...]
    reload: Callable[[], Any]


EVERYWHERE = "*"
_interests: dict[str, list[Interest]] = {}
Telling = Callable[[Database, list[EventRecord], Sight], Awaitable[list[dict[str, Any]]]]
_tellings: dict[str, Telling] = {}


def tell_on(route: str, telling: Telling) -> None:
    """Has open pages at `route` told what `telling` makes of each batch of events, beside the events themselves.

    It is asked once for each tab: work that is the same for all of them it had better do once.
    """
    _tellings[route] = telling


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
    told: list[dict[str, Any]] = []
    """What the page asked to be told of the newest events."""
    since: int = 0
    """The number the watcher began after: events up to it are in what the page loaded."""

    @handler("projects:read", background=True, supersedes=True)
    async def watch(self) -> Any:
        """Follows the log until the tab is closed or goes to another page."""
        tail, seen = runtime().tail, visible_to(actor())
        seq, reader = tail.last_seq, Watching(actor(), "projects:read", partial(signed_in, self))
        token, route = self.router.session.client_token, self.router.route_id
        telling = _tellings.get(route)
        async with self:
            self.window, self.told, self.since = [], [], seq
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
                    self.window, self.told = [], []
                yield signed_out(self)
                return
            shown = [event for event in batch if sight.shows(event)]
            anew, seen = sight != seen, sight
            if not shown and not anew:
                continue
            news = await telling(runtime().db, shown, sight) if telling else []
            async with self:
                self.window = _moved_on([] if anew else self.window, shown)
                first = self.window[0]["seq"] if self.window else seq
                self.told = [*(one for one in self.told if one["seq"] >= first), *news]
                self.since = seq if anew else self.since
            for interest in everyone(route) if anew else interested(route, {event.type for event in shown}):
                yield interest.reload()


def _moved_on(window: list[dict[str, Any]], shown: list[EventRecord]) -> list[dict[str, Any]]:
    """`window` with the events `shown`, without what is too old. It is sent whole each time, so it is kept short.

    Each event says after which one it came, for who may have missed some.
    """
    oldest = shown[-1].timestamp.timestamp() - WINDOW_SECONDS if shown else 0.0
    moved = [event for event in window if event["at"] >= oldest]
    before = window[-1]["seq"] if window else 0
    for event in shown:
        moved.append(_compact(event, before))
        before = event.seq
    return moved[-WINDOW:]


def _compact(event: EventRecord, after: int) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "after": after,
        "at": event.timestamp.timestamp(),
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
