"""How long a budget lasts at the present rate, reckoned plainly and said how; nothing where too little is known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from loom_app.budgets.schemas import Forecast
from loom_app.kernel.money import dollars
from loom_app.ledger.models import Window

LEAST_CALLS = 5
LEAST = {Window.DAILY: timedelta(hours=1), Window.MONTHLY: timedelta(days=2)}
"""For how long there must have been calls."""
LOOKS_BACK = {Window.DAILY: timedelta(hours=24), Window.MONTHLY: timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Spent:
    """What a scope's settled calls cost since a moment; `first` is when the first of them was made."""

    micros: int
    calls: int
    first: datetime | None


def forecast(window: str, left: int, ends_at: datetime, spent: Spent, now: datetime, zone: ZoneInfo) -> Forecast | None:
    """When `left` micro-dollars are used up if the rate stays that of `spent`. None where too little was spent."""
    if spent.calls < LEAST_CALLS or spent.first is None or spent.micros <= 0:
        return None
    if window == Window.TOTAL:
        return _by_calls(left, spent)
    over = now - spent.first
    if over < LEAST[Window(window)]:
        return None
    per_second = spent.micros / over.total_seconds()
    per_day = round(per_second * 86_400)
    method = f"The mean of the last {_span(over)}: {dollars(spent.micros)} in {spent.calls} calls."
    if left <= 0:
        return Forecast(sentence="It is used up.", method=method, ends_at=now, micros_per_day=per_day)
    seconds = left / per_second
    if seconds >= (ends_at - now).total_seconds():
        rest = left - round(per_second * (ends_at - now).total_seconds())
        sentence = f"At this rate it lasts, with about {dollars(_cents(rest))} left when it begins anew."
        return Forecast(sentence=sentence, method=method, micros_per_day=per_day)
    end = now + timedelta(seconds=seconds)
    sentence = f"At this rate the budget ends {_when(end, now, zone)}."
    return Forecast(sentence=sentence, method=method, ends_at=end, micros_per_day=per_day)


def _by_calls(left: int, spent: Spent) -> Forecast:
    each = spent.micros / spent.calls
    more = max(0, int(left / each))
    return Forecast(
        sentence=f"At this rate it lasts for about {more:,} more call{'' if more == 1 else 's'}." if more
        else "At this rate the next call uses it up.",
        method=f"The mean of {spent.calls} calls: {dollars(ceil(each))} each.",
        calls_left=more,
    )  # fmt: skip


def _when(end: datetime, now: datetime, zone: ZoneInfo) -> str:
    there, here = end.astimezone(zone), now.astimezone(zone)
    if there.date() == here.date():
        return f"today at {there:%H:%M}"
    return f"on the {there.day}{_ordinal(there.day)}"


def _ordinal(day: int) -> str:
    return "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _span(over: timedelta) -> str:
    hours = round(over.total_seconds() / 3600)
    return f"{hours} hour{'' if hours == 1 else 's'}" if hours < 48 else f"{round(hours / 24)} days"


def _cents(micros: int) -> int:
    return max(0, micros // 10_000 * 10_000)
