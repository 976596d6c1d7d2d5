"""What a reason for waiting is made of."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Busy:
    """An agent who is at work, on what, and until about when; None when it takes longer than usual already."""

    agent_id: str
    name: str
    bead_id: str
    until: datetime | None


@dataclass(frozen=True)
class Wait:
    """One thing a bead waits for: a machine word, a sentence, since when, until (about) when, and the way out."""

    code: str
    why: str
    since: datetime
    until: datetime | None = None
    way_out: str = ""
    who: tuple[Busy, ...] = ()
    bead_id: str | None = None
    decision_id: str | None = None
