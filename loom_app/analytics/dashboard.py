"""Everything that one page of figures shows of a span, from a handful of queries of stored sums."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.analytics import repository
from loom_app.analytics.asked import FIRST, Asked
from loom_app.analytics.columns import KEYS, Key
from loom_app.analytics.grains import LENGTH, Grain, floor
from loom_app.analytics.latency import percentiles
from loom_app.analytics.schemas import Dashboard, Figures, Latency, Part, Series, TimeRange
from loom_app.analytics.sums import Sums, of
from loom_app.kernel.actor import Actor

PARTS = (0.5, 0.95, 0.99)
SHOWN = 8
"""So many are shown each by itself; the others together."""
MINUTES_UP_TO, HOURS_UP_TO = timedelta(hours=3), timedelta(days=4)
MOST_PERIODS = 800
WEEK_HOURS = 7 * 24


def grain_of(asked: Asked) -> Grain:
    """Into what the span is cut up, so that there are neither few pieces nor too many."""
    span = asked.until - asked.since
    return "minute" if span <= MINUTES_UP_TO else "hour" if span <= HOURS_UP_TO else "day"


async def dashboard(tx: AsyncSession, actor: Actor, asked: Asked, by: Key) -> Dashboard:
    """The sums, those of as long before, what they were by period and by whom, and how long answers took."""
    grain = grain_of(asked)
    parts = await _parts(tx, actor, asked)
    total = sum(parts["provider"].values(), start=Sums())
    series = await repository.sums(tx, actor, asked, by, period=grain)
    bands = await repository.latencies(tx, actor, asked, grain)
    before = _before(asked)
    was = of((await repository.sums(tx, actor, before))[0]) if before else None
    names = await repository.names(tx, {key: set(found) for key, found in parts.items()})
    periods = _periods(asked, grain, {row.period for row in series})
    return Dashboard(
        time_range=TimeRange(start=asked.since, end=asked.until), grain=grain, by=by, total=figures(total),
        before=None if was is None else figures(was), periods=periods,
        series=_series(series, by, periods, names[by]),
        parts={key: _shown(found, names[key]) for key, found in parts.items()},
        latency=_latency(bands, periods), overall=_overall(bands),
        hours=await _hours(tx, actor, asked),
    )  # fmt: skip


def figures(sums: Sums) -> Figures:
    """Sums as they are shown."""
    return Figures(
        requests=sums.requests, failed=sums.failed, unpriced=sums.unpriced, tokens_input=sums.tokens_input,
        tokens_cached=sums.tokens_cached, tokens_output=sums.tokens_output, tokens_reasoning=sums.tokens_reasoning,
        tokens=sums.tokens, cost_micros=sums.cost_micros, latency_ms=sums.latency_ms, error_rate=sums.error_rate,
    )  # fmt: skip


async def _parts(tx: AsyncSession, actor: Actor, asked: Asked) -> dict[Key, dict[str, Sums]]:
    found: dict[Key, dict[str, Sums]] = {key: defaultdict(Sums) for key in KEYS}
    for row in await repository.sums(tx, actor, asked, *KEYS):
        sums = of(row)
        for key in KEYS:
            found[key][getattr(row, key)] += sums
    return found


def _before(asked: Asked) -> Asked | None:
    """The span as long as this one that ends where it begins; None where time does not reach back so far."""
    long = asked.until - asked.since
    if asked.since - FIRST < long:
        return None
    return replace(asked, since=asked.since - long, until=asked.since)


def _periods(asked: Asked, grain: Grain, there: Iterable[datetime]) -> list[datetime]:
    """All of the span, or those in which something was where they are very many."""
    if asked.until <= asked.since:
        return []
    if (asked.until - asked.since) / LENGTH[grain] > MOST_PERIODS:
        return sorted(there)
    found, at = [], floor(asked.since, grain)
    while at < asked.until:
        found.append(at)
        at += LENGTH[grain]
    return found


def _shown(found: Mapping[str, Sums], names: Mapping[str, str]) -> list[Part]:
    dearest = sorted(found.items(), key=lambda one: (-one[1].cost_micros, -one[1].requests, one[0]))
    return [Part(whose=whose, name=names.get(whose, whose), **figures(sums).model_dump()) for whose, sums in dearest]


def _series(rows: Sequence[Any], by: Key, periods: list[datetime], names: Mapping[str, str]) -> list[Series]:
    each: dict[str, dict[datetime, Sums]] = defaultdict(lambda: defaultdict(Sums))
    weight: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in rows:
        whose, sums = getattr(row, by), of(row)
        each[whose][row.period] += sums
        cost, requests = weight[whose]
        weight[whose] = cost + sums.cost_micros, requests + sums.requests
    ranked = sorted(each, key=lambda whose: (-weight[whose][0], -weight[whose][1], whose))
    shown = {whose: each[whose] for whose in ranked[:SHOWN]}
    others: dict[datetime, Sums] = defaultdict(Sums)
    for whose in ranked[SHOWN:]:
        for period, sums in each[whose].items():
            others[period] += sums
    found = [_one(whose, names.get(whose, whose), of_, periods) for whose, of_ in shown.items()]
    return found + ([_one(None, f"{len(ranked) - SHOWN} others", others, periods)] if others else [])


def _one(whose: str | None, name: str, of_: Mapping[datetime, Sums], periods: list[datetime]) -> Series:
    line = [of_.get(period, Sums()) for period in periods]
    return Series(
        whose=whose, name=name, requests=[one.requests for one in line], failed=[one.failed for one in line],
        cost_micros=[one.cost_micros for one in line], tokens_input=[one.tokens_input for one in line],
        tokens_cached=[one.tokens_cached for one in line], tokens_output=[one.tokens_output for one in line],
        tokens_reasoning=[one.tokens_reasoning for one in line],
    )  # fmt: skip


def _latency(rows: Sequence[Any], periods: list[datetime]) -> list[Latency]:
    each: dict[datetime, dict[int, int]] = defaultdict(dict)
    for row in rows:
        each[row.period][row.band] = int(row.answered)
    return [_percent(each.get(period, {})) for period in periods]


def _overall(rows: Sequence[Any]) -> Latency:
    bands: dict[int, int] = defaultdict(int)
    for row in rows:
        bands[row.band] += int(row.answered)
    return _percent(bands)


def _percent(bands: Mapping[int, int]) -> Latency:
    p50, p95, p99 = percentiles(bands, PARTS)
    return Latency(p50=p50, p95=p95, p99=p99)


async def _hours(tx: AsyncSession, actor: Actor, asked: Asked) -> list[int]:
    hours = [0] * WEEK_HOURS
    for row in await repository.sums(tx, actor, asked, period="hour", measures=("requests",)):
        hours[row.period.weekday() * 24 + row.period.hour] += int(row.requests)
    return hours
