"""Times as people write them on the command line."""

import re
from datetime import datetime, timedelta

from loom_app.kernel.clock import now, parse_rfc3339
from loom_app.kernel.errors import Invalid

AHEAD = re.compile(r"([+-]?)(\d{1,5})\s*([hdwmy])", re.IGNORECASE)
HOURS = {"h": 1, "d": 24, "w": 24 * 7, "m": 24 * 30, "y": 24 * 365}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def moment(text: str) -> datetime:
    """The time `text` names: RFC 3339, a date, `+2d` (h, d, w, m, y), today, tomorrow, next week, next monday.

    A date without a zone is meant where the machine is. Raises Invalid.
    """
    words = text.strip().lower()
    ahead = AHEAD.fullmatch(words)
    try:
        if ahead:
            sign = -1 if ahead[1] == "-" else 1
            return now() + sign * timedelta(hours=int(ahead[2]) * HOURS[ahead[3]])
        day = _day(words)
        if day is not None:
            return day
        written = datetime.fromisoformat(text.strip())
        return written.astimezone(now().tzinfo) if written.tzinfo is None else parse_rfc3339(text.strip())
    except (ValueError, OverflowError) as error:
        raise Invalid(
            f"{text!r} is no time; write 2026-02-21, 2026-02-21T09:30:00Z, +2d, tomorrow or next monday.",
            code="bad_time",
        ) from error


def _day(words: str) -> datetime | None:
    """A day named in words, at midnight where the machine is."""
    today = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"today": 0, "tomorrow": 1, "next week": 7}
    name = words.removeprefix("next ")
    if words in named:
        return today + timedelta(days=named[words])
    if name in DAYS:
        return today + timedelta(days=(DAYS.index(name) - today.weekday() - 1) % 7 + 1)
    return None
