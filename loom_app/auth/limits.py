"""How often one may ask: counted for an address before anybody is known, then for the user or key that asks."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from fastapi import Request
from starlette.types import Scope
from throttled.asyncio import MemoryStore, RateLimiterType, Throttled, rate_limiter

from loom_app.config import Limits as Settings
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import TooMany

REMEMBERED = 20_000
"""How many addresses, and how many users and keys, are remembered; those that asked longest ago go first."""
KINDS = {
    "credentials": "attempts with passwords, codes and keys",
    "writes": "writes",
    "reads": "reads",
    "transfers": "imports and exports",
    "reports": "error reports",
    "webhooks": "deliveries of webhooks",
    "streams": "event streams opened",
}
CREDENTIALS = re.compile(r"/api/v1/auth/(?!users(/|$))")
STREAM_RETRY_SECONDS = 10
_RATE = "loom.rate"


@dataclass(frozen=True)
class Rate:
    """What is left of a quota: `amount` a minute, `remaining` at once, all of it again in `reset` seconds."""

    kind: str
    amount: int
    remaining: int
    reset: int


def kind_of(method: str, path: str) -> str:
    """The class of a request, one of KINDS."""
    if path.endswith("/stream"):
        return "streams"
    if path.endswith(("/import", "/export")):
        return "transfers"
    if path.endswith("/auto-file"):
        return "reports"
    if path.endswith("/webhooks/github"):
        return "webhooks"
    if method in ("GET", "HEAD", "OPTIONS"):
        return "reads"
    return "credentials" if CREDENTIALS.match(path) else "writes"


class Limits:
    """The counts of this process, in memory and bounded; a restart forgets them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._addresses = _Quotas(settings, settings.together)
        self._owners = _Quotas(settings, settings.together)
        self._callers = _Quotas(settings, 1)
        self._streams: Counter[str] = Counter()
        self._sockets: Counter[str] = Counter()

    async def admit_address(self, scope: Scope) -> None:
        """Counts a request for the address it came from. Raises TooMany."""
        await self._addresses.count(scope, network_of(scope), "this address")

    async def admit_actor(self, request: Request, actor: Actor) -> None:
        """Counts a request for the key it came with, or else its user, and for all of the user. Raises TooMany."""
        if actor.key_id:
            await self._callers.count(request.scope, f"key {actor.key_id}", "this API key")
            await self._owners.count(request.scope, actor.id, "this user's sessions and API keys")
        else:
            await self._callers.count(request.scope, f"user {actor.id}", "this user")

    @contextmanager
    def stream(self, actor: Actor) -> Iterator[None]:
        """Holds one of the event streams the user may have open. Raises TooMany when none is left."""
        most = self.settings.streams_per_user
        if self._streams[actor.id] >= most:
            raise TooMany(
                f"This user has {most} event streams open, the most there may be. Close one, then open this one again.",
                code="too_many_streams",
                retry_after=STREAM_RETRY_SECONDS,
            )
        with _held(self._streams, actor.id):
            yield

    @contextmanager
    def socket(self, scope: Scope) -> Iterator[None]:
        """Holds one of the live sockets an address may have open. Raises TooMany when none is left."""
        most, address = self.settings.sockets_per_address, network_of(scope)
        if self._sockets[address] >= most:
            message = f"This address has {most} live sockets open, the most there may be. Close some pages."
            raise TooMany(message, code="too_many_sockets", retry_after=STREAM_RETRY_SECONDS)
        with _held(self._sockets, address):
            yield


def rate_of(scope: Scope) -> Rate | None:
    """The quota that was nearest to its end when this request was counted; None when nothing is limited."""
    rate: Rate | None = scope.get(_RATE)
    return rate


def network_of(scope: Scope) -> str:
    """Whom an address is counted as: itself, and for IPv6 its /64, which is what one customer is given."""
    client = scope.get("client")
    try:
        address = ip_address(client[0]) if client else None
    except ValueError:
        address = None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
    return str(address or "unknown")


class _Quotas:
    """One quota for each class of request, `times` what the settings say."""

    def __init__(self, settings: Settings, times: int) -> None:
        store = MemoryStore(options={"MAX_SIZE": REMEMBERED})
        self._by_kind = {
            kind: Throttled(using=RateLimiterType.GCRA.value, quota=rate_limiter.per_min(amount), store=store)
            for kind in KINDS
            if (amount := getattr(settings, kind) * times)
        }

    async def count(self, scope: Scope, key: str, whose: str) -> None:
        kind = kind_of(scope["method"], scope["path"])
        quota = self._by_kind.get(kind)
        if quota is None:
            return
        result = await quota.limit(f"{kind}:{key}")
        state = result.state
        rate = Rate(kind, state.limit, state.remaining, math.ceil(state.reset_after))
        known = rate_of(scope)
        if result.limited or known is None or rate.remaining < known.remaining:
            scope[_RATE] = rate
        if result.limited:
            raise _slow_down(kind, state.limit, whose, state.retry_after)


def _slow_down(kind: str, amount: int, whose: str, wait: float) -> TooMany:
    seconds = max(1, math.ceil(wait))
    return TooMany(
        f"Too many {KINDS[kind]} from {whose}: {amount} a minute are the most. Wait {seconds} s, then go on.",
        code="too_many_requests",
        retry_after=seconds,
    )


@contextmanager
def _held(counts: Counter[str], key: str) -> Iterator[None]:
    counts[key] += 1
    try:
        yield
    finally:
        counts[key] -= 1
        if not counts[key]:
            del counts[key]
