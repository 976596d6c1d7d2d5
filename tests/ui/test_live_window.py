"""The window of the newest events that open pages hear through."""

from datetime import UTC, datetime, timedelta
from typing import Any

from loom_app.events.record import EventRecord
from loom_app.ui.live import WINDOW, WINDOW_SECONDS, _moved_on

BEGUN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def events(*seqs: int, seconds: float = 0) -> list[EventRecord]:
    """Events of one batch, `seconds` after the beginning."""
    at = BEGUN + timedelta(seconds=seconds)
    return [EventRecord(seq, f"e{seq}", "bead.updated", at, "bead", "user", "u", "p", "t-1", {}) for seq in seqs]


def order(window: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """(after, seq) of every event."""
    return [(event["after"], event["seq"]) for event in window]


def test_every_event_says_after_which_it_came() -> None:
    window = _moved_on([], events(3, 4))
    window = _moved_on(window, events(9, seconds=1))
    assert order(window) == [(0, 3), (3, 4), (4, 9)]


def test_what_is_old_leaves_and_whoever_missed_it_can_tell() -> None:
    window = _moved_on([], events(3, 4))
    window = _moved_on(window, events(9, seconds=WINDOW_SECONDS + 1))
    assert order(window) == [(4, 9)], "who has heard 3 and no more has missed 4"


def test_of_a_flood_the_newest_stay() -> None:
    window = _moved_on([], events(*range(1, WINDOW + 11)))
    assert len(window) == WINDOW
    assert order(window)[0] == (10, 11)
    assert _moved_on([], []) == []
