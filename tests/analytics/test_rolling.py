"""Sums of hours and days are those of the calls, whatever ended when and whenever they were made anew."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.analytics import repository
from loom_app.analytics.asked import Asked
from loom_app.analytics.columns import DIMENSIONS, MEASURES
from loom_app.analytics.grains import LENGTH, Grain, floor, pieces
from loom_app.analytics.latency import BOUNDS, band, percentiles
from loom_app.analytics.rolling import MARKS, USAGE, roll, rolling
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.ledger import service as ledger
from loom_app.ledger.models import Call, CallStatus
from loom_app.ledger.orders import Tokens
from tests.support.money import mark_all, reserve
from tests.support.workshop import until

DAY = datetime(2026, 3, 1, tzinfo=UTC)


async def made(db: Database, chance: random.Random, many: int, since: datetime) -> None:
    """Calls of three days, of which some are settled, with and without a price, some let go and some under way."""
    async with db.write() as tx:
        for _ in range(many):
            payer: dict[str, Any] = {
                "project_id": chance.choice(["kitchen", "lab", ""]), "user_id": chance.choice(["", "mia"]),
                "agent_id": chance.choice(["", "cook"]), "bead_id": chance.choice(["", "b-1"]),
            }  # fmt: skip
            call = await reserve(tx, 10, seconds=10**9, **payer)
            at = since + timedelta(seconds=chance.randrange(3 * 86_400), microseconds=chance.randrange(10**6))
            await tx.execute(update(Call).where(Call.id == call.id).values(at=at))  # type: ignore[arg-type]
            await ended(tx, chance, call.id)


async def ended(tx: AsyncSession, chance: random.Random, call_id: str) -> None:
    how = chance.choice(["settle", "unpriced", "release", "wait"])
    if how in ("settle", "unpriced"):
        cost = None if how == "unpriced" else chance.choice([0, 1, 999_999, 10**12])
        tokens = Tokens(chance.choice([0, 7, 2**30]), 3, 1, chance.randrange(9))
        await ledger.settle(
            tx, call_id, tokens=tokens, cost_micros=cost, rates={}, answered_by=chance.choice(["", "big"])
        )
    elif how == "release":
        await ledger.release(tx, call_id, "away")
    (call,) = (await tx.execute(select(Call).where(Call.id == call_id))).scalars()  # type: ignore[arg-type]
    if call.settled_at is not None:
        took = timedelta(milliseconds=chance.choice([-50, 3, 800, 12_345]))
        await tx.execute(update(Call).where(Call.id == call_id).values(settled_at=call.at + took))  # type: ignore[arg-type]


def counted(calls: list[Call], asked: Asked, actor: Actor) -> dict[str, Any]:
    """What the sums must be, counted one by one."""
    total: dict[str, Any] = dict.fromkeys(MEASURES, 0)
    for call in calls:
        if call.status == CallStatus.RESERVED or not asked.since <= call.at < asked.until:
            continue
        own = call.project_id in (actor.projects or ()) or (not call.project_id and call.user_id == actor.id)
        if actor.projects is not None and not own:
            continue
        if any(
            getattr(asked, name) not in (None, getattr(call, name)) for name in ("project_id", "bead_id", "agent_id")
        ):
            continue
        settled = call.status == CallStatus.SETTLED
        total["requests"] += 1
        total["answered" if settled else "failed"] += 1
        total["unpriced"] += settled and call.cost_micros is None
        for name in ("tokens_input", "tokens_cached", "tokens_output", "tokens_reasoning", "cost_micros"):
            total[name] += (getattr(call, name) or 0) if settled else 0
        if settled and call.settled_at:
            total["ms"] += max(0.0, (call.settled_at - call.at) / timedelta(milliseconds=1))
    return total


async def agree(db: Database, chance: random.Random, since: datetime) -> None:
    """Asks for some spans, of some, by some, and compares."""
    async with db.read() as tx:
        calls = list((await tx.execute(select(Call))).scalars())
        for _ in range(12):
            ends = sorted(
                since + timedelta(seconds=chance.choice([1, 3_600, 86_400]) * chance.randrange(4 * 24)) for _ in "ab"
            )
            asked = Asked(ends[0], ends[1])
            if chance.random() < 0.5:
                only: dict[str, Any] = {
                    chance.choice(["project_id", "bead_id", "agent_id"]): chance.choice(["lab", "b-1"])
                }
                asked = replace(asked, **only)
            actor = chance.choice([SYSTEM, Actor("user", "mia", "mia", frozenset(), projects=frozenset({"lab"}))])
            expected = counted(calls, asked, actor)
            for period in (None, "day", "hour", "minute"):
                rows = await repository.sums(
                    tx, actor, asked, chance.choice(["model", "user", "project"]), period=period
                )
                found = {name: sum(getattr(row, name) for row in rows) for name in MEASURES}
                assert found.pop("ms") == pytest.approx(expected["ms"], abs=1 + expected["answered"]), (asked, period)
                assert found == {name: value for name, value in expected.items() if name != "ms"}, (asked, period)
                bands = await repository.latencies(tx, actor, asked, period or "day")
                assert sum(row.answered for row in bands) == expected["answered"], (asked, period)
                if period:
                    starts = {row.period for row in rows}
                    assert all(floor(asked.since, period) <= start < asked.until for start in starts)


@pytest.mark.parametrize("seed", range(4))
async def test_stored_sums_are_those_of_the_calls(db: Database, seed: int) -> None:
    chance = random.Random(seed)
    since = DAY if seed % 2 else floor(now() - timedelta(days=2), "hour")
    await made(db, chance, 60, since)
    async with db.write() as tx:
        await mark_all(tx)
    await agree(db, chance, since)
    for _ in range(3):
        async with db.write() as tx:
            await roll(tx)
        await agree(db, chance, since)
        await made(db, chance, 8, since)
        async with db.write() as tx:
            for call in list((await tx.execute(select(Call))).scalars())[:20]:
                await ended(tx, chance, call.id)
            await mark_all(tx)
        await agree(db, chance, since)


async def test_an_ending_while_the_sums_are_made_is_not_passed_over(db: Database) -> None:
    chance = random.Random(5)
    await made(db, chance, 30, floor(now() - timedelta(days=2), "hour"))

    async def end(call_id: str) -> None:
        async with db.write() as tx:
            await ledger.release(tx, call_id, "away")

    async with db.read() as tx:
        waiting = [call.id for call in (await tx.execute(select(Call))).scalars() if call.status == CallStatus.RESERVED]
    async with db.write() as tx:
        await mark_all(tx)

    async def keep() -> None:
        for _ in range(4):
            async with db.write() as tx:
                await roll(tx)

    await asyncio.gather(keep(), keep(), *map(end, waiting))
    await agree(db, chance, now() - timedelta(days=2))
    while True:
        async with db.write() as tx:
            if not await roll(tx):
                break
    await agree(db, chance, now() - timedelta(days=2))
    async with db.read() as tx:
        assert (await tx.execute(select(MARKS.c.id))).first() is None


async def test_they_are_made_by_themselves(db: Database) -> None:
    await made(db, random.Random(2), 20, DAY)

    async def settled() -> bool:
        async with db.read() as tx:
            left = (await tx.execute(select(MARKS.c.id))).first()
            return left is None and (await tx.execute(select(USAGE.c.grain))).first() is not None

    async with rolling(db):
        await until(settled, 20)


def test_a_span_is_whole_days_hours_and_minutes_and_its_ragged_ends() -> None:
    chance = random.Random(1)
    for _ in range(400):
        since, until = sorted(DAY + timedelta(seconds=chance.randrange(10 * 86_400)) for _ in "ab")
        finest: Grain = chance.choice(["day", "hour", "minute"])
        found = sorted(pieces(since, until, finest, DAY + timedelta(days=5)), key=lambda piece: piece.since)
        assert sum((piece.until - piece.since for piece in found), timedelta()) == until - since
        assert all(before.until == after.since for before, after in pairwise(found))
        for piece in found:
            if piece.grain:
                assert LENGTH[piece.grain] <= LENGTH[finest]
                assert floor(piece.since, piece.grain) == piece.since, floor(piece.until, piece.grain) == piece.until


def test_percentiles_lie_within_a_band_of_the_true_ones() -> None:
    chance = random.Random(3)
    times = sorted(chance.lognormvariate(7, 1.5) for _ in range(5_000))
    bands: dict[int, int] = {}
    for ms in times:
        bands[band(ms)] = bands.get(band(ms), 0) + 1
    for part, found in zip((0.5, 0.95, 0.99), percentiles(bands, (0.5, 0.95, 0.99)), strict=True):
        true = times[int(part * len(times))]
        assert found is not None
        assert abs(found - true) / true < 0.27
    assert percentiles({}, (0.5,)) == [None]
    assert percentiles({len(BOUNDS) - 1: 3}, (0.5,)) == [BOUNDS[-1]]
    assert len(DIMENSIONS) == 6
