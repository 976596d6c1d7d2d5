"""Whether a provider answers: asked over the network between two transactions, never inside one."""

import asyncio
import time
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError, NotFound
from loom_app.providers import repository, service
from loom_app.providers.chat import ChatReply, ChatRequest, ModelInfo, Timeouts
from loom_app.providers.client import ProviderClient
from loom_app.providers.errors import ProviderError
from loom_app.providers.models import FAILURES_TO_GIVE_UP, Provider, Signal
from loom_app.providers.reply import garbage
from loom_app.providers.schemas import MICROS, ProviderDraft

TIMEOUTS = Timeouts(connect=5, idle=30, total=30)
QUESTION = "Reply with the word ok"
ANSWER_TOKENS = 16
AT_A_TIME = 8
SELDOM = 10
"""After FAILURES_TO_GIVE_UP only every so many heartbeats try a completion again."""
DISTRUST = frozenset({"auth", "budget", "model_missing"})
"""Faults of a call after which only an answered completion restores trust."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look at a provider showed. `model` is the one to request, `answered_by` the one that answered."""

    signal: Signal
    latency_ms: int | None = None
    error: str = ""
    model: str = ""
    answered_by: str = ""
    context_window: int | None = None


async def check(db: Database, vault: Vault, provider_id: str, *, actor: Actor = SYSTEM) -> Provider:
    """Asks for the models and for a tiny completion, and records the outcome. Raises NotFound."""
    return await _look(db, vault, provider_id, complete=True, actor=actor)


async def heartbeat(db: Database, vault: Vault, provider_id: str) -> Provider:
    """Asks for the models, which costs nothing, and records the outcome. Raises NotFound.

    A provider that never answered a completion is sent the tiny one too, so that one which was down when it was
    registered comes up by itself.
    """
    return await _look(db, vault, provider_id, complete=False, actor=SYSTEM)


async def heartbeat_all(db: Database, vault: Vault) -> list[Provider]:
    """One heartbeat of every provider, some at a time; those deleted meanwhile are left out."""
    async with db.read() as tx:
        ids = await repository.ids(tx)
    places = asyncio.Semaphore(AT_A_TIME)

    async def one(provider_id: str) -> Provider | None:
        async with places:
            try:
                return await heartbeat(db, vault, provider_id)
            except NotFound:
                return None

    return [provider for provider in await asyncio.gather(*map(one, ids)) if provider is not None]


async def probe(client: ProviderClient, provider: Provider, *, complete: bool) -> Finding:
    """One look over the network; a fault is a finding, never raised."""
    start = time.perf_counter()
    try:
        offered = await client.models()
        model = _choose(provider, offered, client.host)
        reply = await _complete(client, model) if complete else None
    except ProviderError as error:
        return Finding(Signal.FAILED, error=error.message)
    context = next((entry.context_length for entry in offered if entry.id == model), None)
    return Finding(
        Signal.CHECKED if reply else Signal.ALIVE,
        latency_ms=round((time.perf_counter() - start) * 1000),
        model=model,
        answered_by=reply.model if reply else "",
        context_window=context,
    )


async def record_heartbeat(
    tx: AsyncSession, provider_id: str, finding: Finding, *, revision: int, actor: Actor = SYSTEM
) -> Provider:
    """Stores a finding about `revision` of the provider; one about an older revision is dropped. Raises NotFound."""
    provider = await service.get(tx, provider_id)
    if provider.revision != revision:
        return provider
    provider.last_heartbeat_at = now()
    provider.last_heartbeat_error = finding.error
    heard = finding.signal
    if heard is Signal.FAILED:
        heard = Signal.GIVEN_UP if provider.failures_in_row + 1 >= FAILURES_TO_GIVE_UP else heard
    else:
        provider.last_heartbeat_latency_ms = finding.latency_ms
        provider.model = finding.model
        provider.context_window = provider.context_window or finding.context_window
    if heard is Signal.CHECKED:
        provider.verified_at, provider.selected_model = now(), finding.answered_by
    service.signal(tx, provider, heard, actor=actor, error=finding.error)
    return provider


async def record_call(
    tx: AsyncSession, provider_id: str, *, tokens: int, latency_ms: int, error: ProviderError | None = None
) -> None:
    """Counts one call of a run. A call that could not even be made puts the provider into error at once."""
    await repository.count_call(tx, provider_id, tokens=tokens, latency_ms=latency_ms, failed=error is not None)
    if error is None or error.kind not in DISTRUST | {"unreachable"}:
        return
    provider = await repository.get(tx, provider_id)
    if provider is not None:
        provider.last_heartbeat_error = error.message
        if error.kind in DISTRUST:
            provider.verified_at = None
        service.signal(tx, provider, Signal.FAILED, actor=SYSTEM, error=error.message)


async def ensure_configured(db: Database, vault: Vault, settings: Settings) -> str | None:
    """Registers what LOOM_PROVIDER__* names as the provider "default"; its id, or None when nothing is configured.

    What the settings leave empty stays as it is. Nothing is asked over the network: call `check` afterwards.
    """
    wanted = settings.provider
    if not wanted.url:
        return None
    prices = {"input": wanted.price_input, "cached_input": wanted.price_cached_input, "output": wanted.price_output}
    known = {name: round(dollars * MICROS) for name, dollars in prices.items() if dollars is not None}
    given = {"model": wanted.model, "api_key": wanted.api_key, "prices": known}
    named = {name: value for name, value in given.items() if value}
    draft = ProviderDraft.model_validate({"id": "default", "endpoint": wanted.url, **named})
    async with db.write() as tx:
        return (await service.register(tx, draft, vault=vault, actor=SYSTEM)).id


async def _look(db: Database, vault: Vault, provider_id: str, *, complete: bool, actor: Actor) -> Provider:
    async with db.read() as tx:
        provider = await service.get(tx, provider_id)
    unproven = provider.verified_at is None
    due = provider.failures_in_row < FAILURES_TO_GIVE_UP or provider.failures_in_row % SELDOM == 0
    finding = await _find(vault, provider, complete=complete or (unproven and due))
    if finding.signal is Signal.ALIVE and unproven:
        finding = replace(finding, signal=Signal.FAILED, error=provider.last_heartbeat_error)
    async with db.write() as tx:
        return await record_heartbeat(tx, provider_id, finding, revision=provider.revision, actor=actor)


async def _find(vault: Vault, provider: Provider, *, complete: bool) -> Finding:
    try:
        client = service.client_for(provider, vault, timeouts=TIMEOUTS)
    except LoomError as error:
        return Finding(Signal.FAILED, error=error.message)
    async with client:
        return await probe(client, provider, complete=complete)


def _choose(provider: Provider, offered: list[ModelInfo], host: str) -> str:
    """The model to request: the configured one, else the one chosen before while it is on offer, else the first."""
    if provider.configured_model:
        return provider.configured_model
    names = [entry.id for entry in offered]
    if not names:
        raise ProviderError(
            f"{host} offers no models, and none is configured. Load a model there or name one.",
            kind="model_missing",
            billed=False,
        )
    return provider.model if provider.model in names else names[0]


async def _complete(client: ProviderClient, model: str) -> ChatReply:
    """The answer to the smallest of questions. An empty one fails, unless all its tokens went into reasoning."""
    reply = await client.chat(ChatRequest(model, [{"role": "user", "content": QUESTION}], max_tokens=ANSWER_TOKENS))
    if not reply.text.strip() and reply.finish_reason != "length":
        raise garbage(client.host, "an empty text")
    return reply
