"""Calls in line for a provider: at most so many at once, whoever came first first, over all processes."""

import asyncio

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.providers import calls, service
from loom_app.providers.callrows import ProviderCall
from loom_app.providers.chat import ChatReply, Usage
from loom_app.providers.errors import ProviderError
from loom_app.providers.models import Provider
from tests.providers.conftest import Register

REPLY = ChatReply("ok", "m-2", "stop", Usage(1), False, 100, 20, None, asked="m")


async def begun(db: Database, provider: Provider) -> int:
    async with db.write() as tx:
        return await calls.begin(tx, provider, holder="run")


async def ended(
    db: Database, provider: Provider, place: int | None = None, outcome: ChatReply | ProviderError = REPLY
) -> None:
    async with db.write() as tx:
        await calls.finish(tx, provider, place, outcome)


async def seen(db: Database, provider: Provider) -> calls.Evidence:
    async with db.read() as tx:
        return await calls.evidence(tx, await service.get(tx, provider.id))


async def test_no_more_than_the_limit_at_once_and_first_come_first_served(db: Database, register: Register) -> None:
    provider = await register(max_calls=3)
    over: set[int] = set()
    inside, most = 0, 0

    async def call(call_id: int) -> None:
        nonlocal inside, most
        async with calls.in_turn(db, provider, call_id, within=60):
            assert len([number for number in numbers if number < call_id and number not in over]) < 3
            inside, most = inside + 1, max(most, inside + 1)
            await asyncio.sleep(0.01)
            inside -= 1
        over.add(call_id)
        await ended(db, provider, call_id)

    numbers = [await begun(db, provider) for _ in range(12)]
    told = await seen(db, provider)
    assert (told.in_flight, told.waiting) == (3, 9)
    await asyncio.gather(*map(call, reversed(numbers)))
    assert (most, len(over)) == (3, 12)


async def test_without_a_limit_nobody_waits_and_nothing_is_written(db: Database, register: Register) -> None:
    provider = await register()
    place = await calls.take_place(db, provider, holder="run")
    assert place is None
    async with calls.in_turn(db, provider, place, within=0):
        pass
    await ended(db, provider, place)
    told = await seen(db, provider)
    assert (told.calls, told.in_flight, told.waiting) == (1, 0, 0)


async def test_a_turn_that_does_not_come_in_time_is_told_with_the_way_out(db: Database, register: Register) -> None:
    provider = await register(max_calls=1)
    await begun(db, provider)
    mine = await begun(db, provider)
    with pytest.raises(ProviderError, match="Raise its limit on the page Providers") as caught:
        async with calls.in_turn(db, provider, mine, within=0.05):
            pass
    assert (caught.value.kind, caught.value.billed) == ("rate_limited", False)


async def test_a_caller_that_died_holds_its_place_half_a_minute(db: Database, register: Register) -> None:
    provider = await register(max_calls=1)
    dead = await begun(db, provider)
    async with db.write() as tx:
        await tx.execute(update(ProviderCall).where(col(ProviderCall.id) == dead).values(alive_until=now()))
    mine = await begun(db, provider)
    async with calls.in_turn(db, provider, mine, within=5):
        assert (await seen(db, provider)).in_flight == 1


async def test_one_that_is_cancelled_leaves_the_line(db: Database, register: Register) -> None:
    provider = await register(max_calls=1)
    mine = await begun(db, provider)

    async def wait() -> None:
        async with calls.in_turn(db, provider, mine, within=30):
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await seen(db, provider)).in_flight == 0


async def test_a_limit_that_is_raised_holds_for_those_who_wait(db: Database, vault: Vault, register: Register) -> None:
    provider = await register(max_calls=1)
    await begun(db, provider)
    mine = await begun(db, provider)

    async def turn() -> None:
        async with calls.in_turn(db, provider, mine, within=10):
            pass

    waiting = asyncio.create_task(turn())
    await register(max_calls=2)
    await waiting


async def test_evidence_of_the_newest_calls(db: Database, register: Register) -> None:
    provider = await register()
    for latency in range(100, 2100, 100):
        reply = ChatReply("", "m", "stop", None, True, latency, latency // 2, None)
        await ended(db, provider, outcome=reply)
    await ended(db, provider, outcome=ProviderError("It fell over.", kind="server"))
    told = await seen(db, provider)
    assert (told.calls, told.answered, told.p50_ms, told.p95_ms) == (21, 20, 1050, 1905)
    assert told.first_token_p50_ms == 525
    assert told.last_failure is not None
    assert (told.last_failure.kind, told.last_failure.message) == ("server", "It fell over.")
    assert told.last_success_at is not None
    assert told.success_rate == pytest.approx(20 / 21)


async def test_a_provider_nobody_called_has_no_figures(db: Database, register: Register) -> None:
    told = await seen(db, await register())
    assert (told.calls, told.success_rate, told.p50_ms, told.last_failure) == (0, None, None, None)


async def test_old_calls_are_forgotten(db: Database, register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "KEPT", 5)
    monkeypatch.setattr(calls, "TIDY_EVERY", 10)
    provider = await register()
    for _ in range(20):
        await ended(db, provider)
    async with db.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(ProviderCall))).scalar_one() == 6
