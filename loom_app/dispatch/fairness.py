"""Whose turn it is when several projects wait for the same few places: whoever was given something the longest ago."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Turn:
    """A project that waits, and when it was last given a run; None for never."""

    project_id: str
    last_given: datetime | None = None


def first(waiting: Iterable[Turn]) -> Turn:
    """Who comes first. While a project waits, no other is given two runs before it gets one."""
    return min(waiting, key=lambda turn: (turn.last_given or NEVER, turn.project_id))
