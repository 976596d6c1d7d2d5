"""What lists of beads are asked with in an address: several values in one, separated by commas."""

from typing import Annotated

from fastapi import Query

from loom_app.beads.models import BeadStatus
from loom_app.beads.statuses import CLOSED
from loom_app.kernel.errors import Invalid

Several = Annotated[str, Query(max_length=1000, description="One or several, separated by commas.")]


def several(text: str) -> tuple[str, ...]:
    """The values, each without space around it."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def statuses(text: str) -> tuple[str, ...]:
    """Statuses of the board, or of the beads tool; its `closed` is the board's done."""
    return tuple(BeadStatus.DONE if name == CLOSED else name for name in several(text))


def priorities(text: str) -> tuple[int, ...]:
    """Priorities. Raises Invalid for one that is none."""
    wanted = several(text)
    if not set(wanted) <= set("01234"):
        raise Invalid(f"priority={text!r}: priorities are 0 to 4, separated by commas.", code="bad_priority")
    return tuple(int(part) for part in wanted)
