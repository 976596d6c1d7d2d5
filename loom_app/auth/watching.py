"""Who follows the log for as long as a stream or a live page is open: asked again as soon as it may have changed."""

import math
import time
from collections.abc import Awaitable, Callable, Iterable

from loom_app.events.record import EventRecord
from loom_app.events.visibility import GUARDED, Sight, visible_to
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Unauthenticated

ASK_AGAIN_SECONDS = 30.0
"""After how long somebody is asked again in any case: tokens and keys also end by themselves."""
TELLING = GUARDED | {"project", "member"}
"""Sources whose events may change what somebody sees."""


class Watching:
    """A reader of the log. `ask` says who they are now; None or Unauthenticated is nobody any more."""

    def __init__(self, actor: Actor, permission: str, ask: Callable[[], Awaitable[Actor | None]]) -> None:
        self._permission, self._ask = permission, ask
        self._sight: Sight | None = visible_to(actor)
        self._asked = -math.inf
        """They are asked again with the first events: what they see may have changed before the log was followed."""

    async def sight(self, batch: Iterable[EventRecord]) -> Sight | None:
        """What they may see of `batch`, the newest events; None when the stream has to end."""
        late = time.monotonic() - self._asked > ASK_AGAIN_SECONDS
        if late or any(event.source in TELLING for event in batch):
            actor = await self._who()
            self._sight = visible_to(actor) if actor and actor.may(self._permission) else None
            self._asked = time.monotonic()
        return self._sight

    async def _who(self) -> Actor | None:
        try:
            return await self._ask()
        except Unauthenticated:
            return None
