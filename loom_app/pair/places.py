"""Where somebody is in the stream of a talk: the ids of its events, from which it goes on."""

import re
from dataclasses import dataclass
from enum import IntEnum

from loom_app.kernel.errors import Invalid
from loom_app.runs.models import Turn

FORM = re.compile(r"(\d{1,9})\.(\d{1,9})\.([0-3])", re.ASCII)


class Stage(IntEnum):
    """How much of a turn was told: text so far, all of it, what its actions came to, or the end of the answer."""

    TEXT = 0
    WHOLE = 1
    DONE = 2
    OVER = 3


@dataclass(frozen=True, order=True)
class Place:
    """After so many characters of a turn, and the stage."""

    turn: int
    characters: int = 0
    stage: Stage = Stage.TEXT

    def __str__(self) -> str:
        return f"{self.turn}.{self.characters}.{int(self.stage)}"


def place_from(given: str) -> Place:
    """The place that an id names. Raises Invalid."""
    found = FORM.fullmatch(given)
    if found is None:
        raise Invalid(f"Last-Event-ID {given[:100]!r} is not the id of an event of this stream.", code="bad_event_id")
    return Place(int(found[1]), int(found[2]), Stage(int(found[3])))


def place_of(turn: Turn, *, is_over: bool) -> Place:
    """The place after everything there is to tell of the newest turn."""
    stage = Stage.OVER if is_over else Stage.WHOLE if turn.replied_at is not None else Stage.TEXT
    return Place(turn.number, len(turn.said), stage)
