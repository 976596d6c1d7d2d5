"""Server-sent events made of the log: every stream of Loom is this one, with its own `Telling`.

A message that ends what one event made carries the event's number as `id:`, so a client that sends it back as
Last-Event-ID goes on without gap or double. A client that takes nothing for a while loses its connection, never a
message: it resumes.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from itertools import groupby
from typing import Annotated, Any, NamedTuple, Protocol

import structlog
from fastapi import Header
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from loom_app.events.record import EventRecord
from loom_app.events.tail import EventTail
from loom_app.events.visibility import Sight
from loom_app.kernel.errors import Invalid

log = structlog.get_logger(__name__)

KEEPALIVE_SECONDS = 30
TAKEN_SECONDS = 30.0
"""How long a client may leave what it was sent untaken."""
LONGEST_NUMBER = 18

LastEventId = Annotated[str | None, Header(description="Resume after this event's id line.")]


class Reader(Protocol):
    """Who reads, asked again whenever what they may read may have changed."""

    async def sight(self, batch: Iterable[EventRecord]) -> Sight | None:
        """What they see of `batch`; None when the stream has to end."""


class Told(NamedTuple):
    """One message: the event of the log that it comes from, its name, and its data as JSON."""

    seq: int
    name: str
    data: Any


Telling = Callable[[Sequence[EventRecord], Sight], Awaitable[Iterable[Told]]]
"""What a batch of the log tells one reader, in the order of the events."""


class Streamed(EventSourceResponse):
    """Messages until the client leaves, or leaves them untaken for TAKEN_SECONDS."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            log.warning("a client took nothing from its stream and lost it", path=scope["path"], seconds=TAKEN_SECONDS)


def streamed(messages: AsyncIterator[ServerSentEvent], keepalive: str = "keepalive") -> EventSourceResponse:
    """An answer that sends `messages` as they come, and the comment `keepalive` in quiet times."""
    return Streamed(
        messages,
        ping=KEEPALIVE_SECONDS,
        ping_message_factory=lambda: ServerSentEvent(comment=keepalive),
        send_timeout=TAKEN_SECONDS,
    )


def from_the_log(
    tail: EventTail, reader: Reader, last_event_id: str | None, hello: str, telling: Telling
) -> EventSourceResponse:
    """Says `connected` with the text `hello`, then what `telling` makes of each batch beyond `last_event_id`.

    Without one it begins now. Ends when the session, the key or the permission behind `reader` does; what `reader`
    sees is asked again whenever it may have changed. `bad_event_id` when that is no number.
    """
    return streamed(_messages(tail, position(last_event_id, tail.last_seq), reader, hello, telling))


async def _messages(
    tail: EventTail, seq: int, reader: Reader, hello: str, telling: Telling
) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(event="connected", data=json.dumps({"message": hello, "seq": seq}), id=str(seq))
    async with aclosing(tail.follow(seq)) as batches:
        async for batch in batches:
            sight = await reader.sight(batch)
            if sight is None:
                return
            for message in numbered(await telling(batch, sight)):
                yield message


def numbered(told: Iterable[Told]) -> Iterable[ServerSentEvent]:
    """The messages; of those of one event the last alone has its number, so that none is passed over by resuming."""
    for seq, several in groupby(told, lambda one: one.seq):
        *earlier, last = several
        for one in earlier:
            yield ServerSentEvent(event=one.name, data=json.dumps(one.data))
        yield ServerSentEvent(event=last.name, data=json.dumps(last.data), id=str(seq))


def position(given: str | None, newest: int) -> int:
    """Where a client that sends `given` as Last-Event-ID goes on: at most at `newest`."""
    if given is None:
        return newest
    if not given.isascii() or not given.isdigit() or len(given) > LONGEST_NUMBER:
        raise Invalid(f"Last-Event-ID {given[:40]!r} is not the number of an event.", code="bad_event_id")
    return min(int(given), newest)
