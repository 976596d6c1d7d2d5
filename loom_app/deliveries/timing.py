"""When somebody is told, and when a letter is tried again. Pure."""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from loom_app.notifications.models import Digest, Preferences
from loom_app.notifications.preferences import quiet_until

DAILY = time(8)
"""When the letter of a day comes, by the clock of whoever gets it."""
AGAIN_AFTER = timedelta(hours=6)
"""For so long after a letter the same cause is told in the inbox alone."""
GIVEN_UP_AFTER = timedelta(days=3)
FIRST_WAIT, LONGEST_WAIT = 20.0, 300.0


def digest_at(wishes: Preferences, at: datetime) -> datetime:
    """When what happens at `at` is told, quiet hours apart."""
    if wishes.digest_mode == Digest.REALTIME:
        return at
    if wishes.digest_mode == Digest.HOURLY:
        return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    here = at.astimezone(ZoneInfo(wishes.time_zone))
    day = here.date() if here.time() < DAILY else here.date() + timedelta(days=1)
    return datetime.combine(day, DAILY, here.tzinfo).astimezone(at.tzinfo)


def due(wishes: Preferences, at: datetime) -> datetime:
    """When what happens at `at` is told: with the next letter, or when the quiet hours end in which that falls."""
    planned = digest_at(wishes, at)
    return quiet_until(wishes, planned) or planned


def critical_may_go(wishes: Preferences, at: datetime) -> bool:
    """Whether what is critical may be told at once."""
    return wishes.quiet_lets_critical_through or quiet_until(wishes, at) is None


def next_try(tries: int, made_at: datetime, at: datetime) -> datetime | None:
    """When a letter is tried again; None when it has been tried for three days."""
    if at - made_at > GIVEN_UP_AFTER:
        return None
    wait = min(FIRST_WAIT * 2 ** min(tries, 10), LONGEST_WAIT)
    return at + timedelta(seconds=wait * random.uniform(0.8, 1.0))  # noqa: S311 - spreads load
