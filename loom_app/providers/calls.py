"""Calls to models, one row each while it is on and for a while afterwards: who is next, and how they went."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.clock import now
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.ledger import service as ledger
from loom_app.providers import callrows
from loom_app.providers.callrows import ProviderCall
from loom_app.providers.chat import ChatReply
from loom_app.providers.errors import ProviderError
from loom_app.providers.models import Provider

ALIVE_SECONDS = 30.0
"""For how long a call counts whose caller has not been heard of; afterwards its place is free."""
RENEW_SECONDS = 10.0
FIRST_LOOK, LONGEST_LOOK = 0.02, 0.5
"""Seconds between two looks at whose turn it is."""
QUEUE_LOCK = 0x10040
LOOKED_AT = 200
"""How many of the newest calls figures are made of."""
KEPT, TIDY_EVERY = 2_000, 100
ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that failed: of which kind, in a sentence, and when."""

    kind: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the newest calls to a provider went. Times are in milliseconds, None without a call that was answered."""

    calls: int
    answered: int
    p50_ms: int | None
    p95_ms: int | None
    first_token_p50_ms: int | None
    last_success_at: datetime | None
    last_failure: Failure | None
    in_flight: int
    waiting: int

    @property
    def success_rate(self) -> float | None:
        """Between 0 and 1; None without calls."""
        return self.answered / self.calls if self.calls else None


async def begin(tx: AsyncSession, provider: Provider, *, holder: str) -> int:
    """Takes a place in the line for a call to the provider; its number. `holder` says for what."""
    await one_at_a_time(tx, QUEUE_LOCK)  # so that numbers come in the order in which they are seen
    return await callrows.add(tx, _row(provider, holder))


async def take_place(db: Database, provider: Provider, *, holder: str) -> int | None:
    """The same, where there is a line: None for a provider that takes any number of calls."""
    if provider.max_calls is None:
        return None
    async with db.write() as tx:
        return await begin(tx, provider, holder=holder)


@asynccontextmanager
async def in_turn(db: Database, provider: Provider, place: int | None, *, within: float) -> AsyncIterator[None]:
    """Waits for the call's turn and keeps its place while it is on.

    Whoever came first goes first, over all processes. Raises ProviderError when the turn has not come `within` seconds.
    A call that is cancelled leaves the line; how one that was made went is for `finish` to say.
    """
    if place is None:
        yield
        return
    keeping = asyncio.create_task(_keep(db, place))
    try:
        await _wait(db, provider, place, within)
        yield
    except ProviderError:
        raise
    except BaseException:
        await _give_up(db, place)
        raise
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def finish(
    tx: AsyncSession, provider: Provider, place: int | None, outcome: ChatReply | ProviderError, *, holder: str = ""
) -> None:
    """Notes how a call went; its place, if it had one, is free."""
    if isinstance(outcome, ProviderError):
        told: dict[str, Any] = {"outcome": outcome.kind, "message": outcome.message[:1000]}
    else:
        told = {
            "outcome": ANSWERED, "latency_ms": outcome.latency_ms, "first_token_ms": outcome.first_token_ms,
            "model": outcome.model[:300], "model_asked": outcome.asked[:300],
        }  # fmt: skip
    if place is None:
        place = await callrows.add(tx, _row(provider, holder).model_copy(update={"ended_at": now(), **told}))
    else:
        await callrows.end(tx, place, ended_at=now(), **told)
    if place % TIDY_EVERY == 0:
        await callrows.tidy(tx, before=place - KEPT, dead=now() - timedelta(days=1))


async def evidence(tx: AsyncSession, provider: Provider) -> Evidence:
    """How the newest calls to the provider went, and what is on now."""
    ended = await callrows.newest(tx, provider.id, LOOKED_AT)
    good = [row for row in ended if row.outcome == ANSWERED]
    bad = next((row for row in ended if row.outcome != ANSWERED), None)
    p50, p95 = _percentiles([row.latency_ms for row in good])
    firsts = [row.first_token_ms for row in good if row.first_token_ms is not None]
    on, running = await _on_now(tx, provider)
    return Evidence(
        calls=len(ended), answered=len(good), p50_ms=p50, p95_ms=p95, first_token_p50_ms=_percentiles(firsts)[0],
        last_success_at=good[0].ended_at if good else None,
        last_failure=Failure(bad.outcome, bad.message, bad.ended_at) if bad else None,
        in_flight=running, waiting=on - running,
    )  # fmt: skip


async def _on_now(tx: AsyncSession, provider: Provider) -> tuple[int, int]:
    """How many calls are on or wait, and how many of them are on. Where there is no line the ledger knows."""
    if provider.max_calls is None:
        on = await ledger.open_calls(tx, provider.id)
        return on, on
    on = await callrows.open_(tx, provider.id, now())
    return on, min(on, provider.max_calls)


def _row(provider: Provider, holder: str) -> ProviderCall:
    moment = now()
    until = moment + timedelta(seconds=ALIVE_SECONDS)
    return ProviderCall(
        provider_id=provider.id, holder=holder, began_at=moment, alive_until=until, model_asked=provider.model
    )


async def _keep(db: Database, call_id: int) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        async with db.write() as tx:
            await callrows.renew(tx, call_id, now() + timedelta(seconds=ALIVE_SECONDS))


async def _give_up(db: Database, call_id: int) -> None:
    async with db.write() as tx:
        await callrows.forget(tx, call_id)


async def _wait(db: Database, provider: Provider, call_id: int, within: float) -> None:
    """The limit is read anew with each look, so that one that was raised meanwhile holds."""
    if provider.max_calls is None:
        return
    pause, clock = FIRST_LOOK, asyncio.get_running_loop().time
    end = clock() + within
    while True:
        async with db.read() as tx:
            ahead, limit = await callrows.ahead(tx, provider.id, call_id, now())
        if limit is None or ahead < limit:
            return
        if clock() + pause > end:
            raise ProviderError(
                f"{provider.name} takes {limit} calls at once, and {ahead} were before this one for {within:g} s. "
                "Raise its limit on the page Providers, or have fewer agents work.",
                kind="rate_limited",
                billed=False,
                answered=False,
            )
        await asyncio.sleep(pause)
        pause = min(LONGEST_LOOK, pause * 1.5)


def _percentiles(values: list[int]) -> tuple[int | None, int | None]:
    """The 50th and the 95th."""
    if len(values) < 2:
        return (values[0], values[0]) if values else (None, None)
    cuts = quantiles(values, n=20, method="inclusive")
    return round(cuts[9]), round(cuts[18])
