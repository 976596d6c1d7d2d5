"""What calls come to, as it is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.analytics import repository
from loom_app.analytics.asked import Asked
from loom_app.analytics.columns import KEYS, MEASURES, Key
from loom_app.analytics.schemas import Costs, LogStats, TimeRange
from loom_app.kernel.actor import Actor

MICROS = 1_000_000
T = TypeVar("T")


@dataclass(frozen=True)
class Sums:
    """How many calls, how many of them failed, were answered, have no price; tokens, micro-dollars, milliseconds.

    Cached tokens are part of the input and those of reasoning part of the output.
    """

    requests: int = 0
    failed: int = 0
    answered: int = 0
    unpriced: int = 0
    tokens_input: int = 0
    tokens_cached: int = 0
    tokens_output: int = 0
    tokens_reasoning: int = 0
    cost_micros: int = 0
    ms: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    @property
    def tokens(self) -> int:
        """All of them."""
        return self.tokens_input + self.tokens_output

    @property
    def usd(self) -> float:
        """The cost in dollars."""
        return self.cost_micros / MICROS

    @property
    def latency_ms(self) -> float:
        """How long an answer took on average; 0 where none came."""
        return round(self.ms / self.answered, 1) if self.answered else 0.0

    @property
    def error_rate(self) -> float:
        """The part of the calls that no answer came to."""
        return self.failed / self.requests if self.requests else 0.0


async def by(tx: AsyncSession, actor: Actor, asked: Asked, key: Key) -> dict[str, Sums]:
    """The sums of each provider, user, project, agent or model."""
    return {getattr(row, key): of(row) for row in await repository.sums(tx, actor, asked, key)}


def whole(parts: Mapping[str, Sums]) -> Sums:
    """All of them together."""
    return sum(parts.values(), start=Sums())


async def stats(tx: AsyncSession, actor: Actor, asked: Asked) -> LogStats:
    """The figures of what is asked for."""
    providers, users = [await by(tx, actor, asked, key) for key in ("provider", "user")]
    total = whole(providers)
    return LogStats(
        total_requests=total.requests, total_tokens=total.tokens, total_cost_usd=total.usd,
        total_cost_micros=total.cost_micros, unpriced_requests=total.unpriced, avg_latency_ms=total.latency_ms,
        error_rate=total.error_rate, requests_by_user=_each(users, lambda one: one.requests),
        requests_by_provider=_each(providers, lambda one: one.requests),
        cost_by_provider=_each(providers, lambda one: one.usd), cost_by_user=_each(users, lambda one: one.usd),
        tokens_by_provider=_each(providers, lambda one: one.tokens),
        tokens_by_user=_each(users, lambda one: one.tokens),
        latency_by_provider=_each(providers, lambda one: one.latency_ms), prompt_tokens=total.tokens_input,
        cached_tokens=total.tokens_cached, completion_tokens=total.tokens_output,
        reasoning_tokens=total.tokens_reasoning, time_range=TimeRange(start=asked.since, end=asked.until),
    )  # fmt: skip


async def costs(tx: AsyncSession, actor: Actor, asked: Asked) -> Costs:
    """What is asked for cost, by everything that it is summed by."""
    parts = {key: await by(tx, actor, asked, key) for key in KEYS}
    total = whole(parts["provider"])
    return Costs(
        total_cost_usd=total.usd, total_cost_micros=total.cost_micros, unpriced_requests=total.unpriced,
        total_requests=total.requests, total_tokens=total.tokens,
        cost_per_request=total.usd / total.requests if total.requests else 0.0,
        cost_per_1k_tokens=total.usd * 1_000 / total.tokens if total.tokens else 0.0,
        time_range=TimeRange(start=asked.since, end=asked.until),
        **{f"cost_by_{key}": _each(part, lambda one: one.usd) for key, part in parts.items()},
    )  # fmt: skip


def _each(parts: Mapping[str, Sums], figure: Callable[[Sums], T]) -> dict[str, T]:
    return {whose: figure(one) for whose, one in parts.items()}


def of(row: Any) -> Sums:
    """The figures of a row that has the columns of sums."""
    counts = {name: int(getattr(row, name)) for name in MEASURES if name != "ms"}
    return Sums(**counts, ms=float(row.ms))
