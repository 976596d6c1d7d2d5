"""Makes the sums of hours and days anew after calls of them have ended: always whole, from the calls themselves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, literal, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.analytics.columns import CALLS, DIMENSIONS, MEASURES, OVER, SETTLED_THEN, TOOK, of_call
from loom_app.analytics.grains import LENGTH, Grain, begun
from loom_app.analytics.latency import band_of
from loom_app.analytics.models import Usage, UsageLatency
from loom_app.kernel.clock import now
from loom_app.kernel.columns import table
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.kernel.log import get_logger
from loom_app.ledger.models import UsageMark

log = get_logger(__name__)

LOCK = 0x10_52
USAGE, LATENCIES, MARKS = table(Usage), table(UsageLatency), table(UsageMark)
EVERY_SECONDS = 60.0
HOURS_AT_ONCE = 24
MINUTES_FOR = timedelta(days=2)
"""How long the sums of minutes are kept; those of hours and days stay."""
LATENCY_DIMENSIONS = ("user_id", "project_id", "provider_id", "model")


async def roll(tx: AsyncSession) -> int:
    """Makes the sums of some hours, and of their days, for which there are marks. Answers how many hours.

    What ends meanwhile leaves a mark that is not seen here and so stays.
    """
    await one_at_a_time(tx, LOCK)
    hours = [
        row.hour
        for row in await tx.execute(select(MARKS.c.hour).distinct().order_by(MARKS.c.hour.desc()).limit(HOURS_AT_ONCE))
    ]
    if not hours:
        return 0
    seen = list((await tx.execute(select(MARKS.c.id).where(MARKS.c.hour.in_(hours)))).scalars())
    for hour in hours:
        await _hour(tx, hour)
    for day in sorted({hour.replace(hour=0) for hour in hours}):
        await _day(tx, day)
    await tx.execute(delete(USAGE).where(USAGE.c.grain == "minute", USAGE.c.starts < minutes_since()))
    await (await tx.connection()).execute(
        delete(MARKS).where(MARKS.c.id == bindparam("mark")), [{"mark": mark} for mark in seen]
    )
    return len(hours)


def minutes_since() -> datetime:
    """From when on the sums of minutes are there."""
    return (now() - MINUTES_FOR).replace(minute=0, second=0, microsecond=0)


@asynccontextmanager
async def rolling(db: Database) -> AsyncIterator[None]:
    """Keeps the sums up with the calls while the block runs."""
    task = asyncio.create_task(_follow(db))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _follow(db: Database) -> None:
    while True:
        try:
            async with db.read() as tx:
                any_ = (await tx.execute(select(MARKS.c.id).limit(1))).first()
            if any_ is not None:
                async with db.write() as tx:
                    done = await roll(tx)
                if done == HOURS_AT_ONCE:
                    await asyncio.sleep(1)
                    continue
        except (SQLAlchemyError, OSError) as error:
            log.warning("sums of calls wait for the database", error=str(error))
        await asyncio.sleep(EVERY_SECONDS)


async def _hour(tx: AsyncSession, hour: datetime) -> None:
    ends = hour + LENGTH["hour"]
    within = (OVER, CALLS.c.at >= hour, CALLS.c.at < ends)
    grains: tuple[Grain, ...] = ("hour", "minute") if hour >= minutes_since() else ("hour",)
    await tx.execute(
        delete(USAGE).where(USAGE.c.grain.in_(("hour", "minute")), USAGE.c.starts >= hour, USAGE.c.starts < ends)
    )
    for grain in grains:
        of = {name: column.label(name) for name, column in of_call().items()}
        each = select(begun(CALLS.c.at, grain).label("starts"), *of.values()).where(*within).subquery()
        await _insert(tx, USAGE, grain, each, DIMENSIONS, MEASURES)
    await tx.execute(delete(LATENCIES).where(LATENCIES.c.grain == "hour", LATENCIES.c.starts == hour))
    of = {name: column.label(name) for name, column in of_call().items() if name in LATENCY_DIMENSIONS}
    hour_of, time_of = begun(CALLS.c.at, "hour").label("starts"), band_of(TOOK).label("band")
    answers = select(hour_of, *of.values(), time_of, literal(1).label("answered")).where(*within, SETTLED_THEN)
    await _insert(tx, LATENCIES, "hour", answers.subquery(), (*LATENCY_DIMENSIONS, "band"), ("answered",))


async def _day(tx: AsyncSession, day: datetime) -> None:
    """Out of its hours: while there is a mark of one of them nobody reads the day."""
    for into, dimensions, measures in (
        (USAGE, DIMENSIONS, MEASURES), (LATENCIES, (*LATENCY_DIMENSIONS, "band"), ("answered",)),
    ):  # fmt: skip
        await tx.execute(delete(into).where(into.c.grain == "day", into.c.starts == day))
        of_day = (into.c.grain == "hour", into.c.starts >= day, into.c.starts < day + LENGTH["day"])
        each = select(
            begun(into.c.starts, "day").label("starts"), *(into.c[name] for name in (*dimensions, *measures))
        ).where(*of_day).subquery()  # fmt: skip
        await _insert(tx, into, "day", each, dimensions, measures)


async def _insert(
    tx: AsyncSession, into: Any, grain: Grain, each: Any, dimensions: tuple[str, ...], measures: tuple[str, ...]
) -> None:
    groups = [each.c.starts, *(each.c[name] for name in dimensions)]
    summed = [func.coalesce(func.sum(each.c[name]), 0) for name in measures]
    made = select(literal(grain), *groups, *summed).group_by(*groups)
    await tx.execute(insert(into).from_select(["grain", "starts", *dimensions, *measures], made))
