"""What the present work is done for: the request behind it, from where, and on whose behalf. The log keeps it."""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Cause:
    """Where a change comes from; None for what there is none of."""

    request_id: str | None = None
    address: str | None = None
    """The client's address."""
    on_behalf_of: str | None = None
    """Who had it done, when the actor acts for somebody else."""


NONE = Cause()
_present: ContextVar[Cause] = ContextVar("loom_cause", default=NONE)


def cause() -> Cause:
    """The cause of what runs now."""
    return _present.get()


def because(**known: Any) -> None:
    """Adds what is `known` (fields of Cause) for the rest of the present task and of those it starts."""
    _present.set(replace(_present.get(), **known))


def anew(**known: Any) -> None:
    """As `because`, with everything known before forgotten: at the start of a request or an activity."""
    _present.set(Cause(**known))
