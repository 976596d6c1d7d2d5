"""From when to when a budget lasts: days and months begin at midnight where the settings say people live."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from loom_app.ledger.models import Window

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)


def bounds(window: str, moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Beginning and end, in UTC, of the window that `moment` is in. A day may have 23 or 25 hours."""
    if window == Window.TOTAL:
        return BEGINNING, END
    day = moment.astimezone(zone).date()
    first = day.replace(day=1) if window == Window.MONTHLY else day
    after = (first + timedelta(days=32)).replace(day=1) if window == Window.MONTHLY else first + timedelta(days=1)
    starts, ends = (datetime(date.year, date.month, date.day, tzinfo=zone).astimezone(UTC) for date in (first, after))
    return starts, ends
