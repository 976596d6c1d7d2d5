"""When a message that was not taken is tried again. Pure."""

import random
from datetime import datetime, timedelta

WAITS = (5.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0)
"""Seconds after the first, second, … attempt; the last one goes on."""
JITTER = 0.2
LONGEST_WAIT = WAITS[-1] * (1 + JITTER)
GIVEN_UP_AFTER = timedelta(days=1)
LONGEST_REST = 900.0
"""How long an address that fails is left alone at the most, in seconds."""
MOST_FAILURES = 50
"""How many attempts in a row may fail before Loom switches an address off."""


def wait(attempts: int) -> float:
    """Seconds to wait after so many attempts, a little more or less each time."""
    base = WAITS[min(max(attempts, 1), len(WAITS)) - 1]
    return base * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load


def next_try(attempts: int, first: datetime, moment: datetime) -> datetime | None:
    """When the next attempt is; None when it has been tried for a day in vain."""
    due = moment + timedelta(seconds=wait(attempts))
    return due if due - first <= GIVEN_UP_AFTER else None


def rest(failures: int) -> float:
    """Seconds an address is left alone after so many failures in a row, whatever else waits for it."""
    return min(wait(failures), LONGEST_REST)
