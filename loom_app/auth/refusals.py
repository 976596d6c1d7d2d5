"""Refusals that the log tells of: sign-ins that failed and writes without the permission, each once a minute."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database

ONCE_IN = 60.0
MOST = 1_000
"""How many different refusals a minute are told of, so that nobody fills the disk by guessing."""
LONGEST_NAME = 64
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NOBODY = Actor("user", "anonymous", "anonymous", frozenset())
CARRIED = "loom_refusals"


class Lately:
    """What was told within the last minute. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: OrderedDict[tuple[str, ...], float] = OrderedDict()

    def is_news(self, *what: str) -> bool:
        """Whether `what` is to be told now; from then on it is not for a minute."""
        moment = self._clock()
        while self._told and next(iter(self._told.values())) <= moment - ONCE_IN:
            self._told.popitem(last=False)
        if what in self._told or len(self._told) >= MOST:
            return False
        self._told[what] = moment
        return True


async def sign_in(db: Database, username: str, user_id: str | None) -> None:
    """Tells that somebody did not get in as `username`, who is the user `user_id` if anybody."""
    name = "".join(letter if letter.isprintable() else "?" for letter in username[:LONGEST_NAME])
    await _tell(db, ("sign-in", name.lower()), "user.sign_in_refused", NOBODY, user_id, {"username": name})


async def permission(db: Database, actor: Actor, needed: str, where: str) -> None:
    """Tells that `actor` was kept from changing something at `where` (a route or page event) for want of `needed`."""
    data = {"permission": needed, "where": where}
    await _tell(db, ("permission", actor.id, where), "user.permission_refused", actor, actor.id, data)


async def _tell(
    db: Database, what: tuple[str, ...], type_: str, actor: Actor, subject_id: str | None, data: dict[str, Any]
) -> None:
    lately: Lately = db.carried.setdefault(CARRIED, Lately())
    if lately.is_news(*what):
        async with db.write() as tx:
            append(tx, type_, actor=actor, subject_id=subject_id, data=data)
