"""Whether a provider answers: asked over the network between two transactions, never inside one."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import BudgetSettings, Settings
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.due import has_gone_by
from loom_app.kernel.errors import LoomError, NotFound
from loom_app.ledger.orders import Payer, Refused
from loom_app.providers import calls, repository, service
from loom_app.providers.chat import ChatReply, ChatRequest, Chats, ModelInfo, Timeouts
from loom_app.providers.client import ProviderClient
from loom_app.providers.errors import ProviderError
from loom_app.providers.metering import Metered
from loom_app.providers.modelchoice import choose
from loom_app.providers.models import FAILURES_TO_GIVE_UP, Provider, ProviderStatus, Signal
from loom_app.providers.reply import garbage
from loom_app.providers.schemas import MICROS, ProviderDraft

TIMEOUTS = Timeouts(connect=5, idle=30, total=30)
SHIPPED = BudgetSettings()
QUESTION = "Reply with the word ok"
ANSWER_TOKENS = 16
AT_A_TIME = 8
HEARTBEAT_SECONDS = 30.0
SOON = 2.0
"""Seconds to the second look at a provider that does not answer; each further one takes twice as long."""
FIRST_ASKED_AGAIN, LAST_ASKED_AGAIN = timedelta(seconds=30), timedelta(minutes=15)
"""How long a doubted provider is not asked for a completion: twice as long after each one that failed."""
HARD = frozenset({"auth", "budget", "model_missing"})
"""Faults of a call that raise doubt at once."""
SOFT = frozenset({"server", "timeout", "garbage", "cut_off"})
"""Faults that raise doubt when SOFT_IN_ROW calls in a row have one."""
SOFT_IN_ROW = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look at a provider showed. `model` is the one to request and `reason` why.

    `completion` is what a completion brought when one was asked for.
    """

    signal: Signal
    latency_ms: int | None = None
    error: str = ""
    model: str = ""
    reason: str = ""
    score: float | None = None
    context_window: int | None = None
    completion: ChatReply | ProviderError | None = None


async def check(
    db: Database, vault: Vault, provider_id: str, *, budgets: BudgetSettings = SHIPPED, actor: Actor = SYSTEM
) -> Provider:
    """Asks for the models and for a tiny completion, and records the outcome. Raises NotFound.

    The completion is paid for as every call is; where a budget forbids it, the list of models has to do.
    """
    return await _look(db, vault, provider_id, complete=True, budgets=budgets, actor=actor)


async def heartbeat(
    db: Database, vault: Vault, provider_id: str, *, budgets: BudgetSettings = SHIPPED, ask: bool = False
) -> Provider:
    """Asks for the models, which costs nothing, and records the outcome. Raises NotFound.

    A list of models shows that a provider lives. It does not take away the doubt after a completion that failed: then,
    with `ask`, which says that there is work for it, a tiny completion is asked for now and then.
    """
    return await _look(db, vault, provider_id, complete=False, ask=ask, budgets=budgets, actor=SYSTEM)


async def heartbeat_all(
    db: Database, vault: Vault, *, budgets: BudgetSettings = SHIPPED, every: float = 0, ask: bool = False
) -> list[Provider]:
    """A heartbeat of every provider whose last one was its interval ago, some at a time; all of them as they are then.

    `every` is the interval in seconds of those that are well. Those deleted meanwhile are left out.
    """
    async with db.read() as tx:
        found = await repository.all_of_them(tx)
    places = asyncio.Semaphore(AT_A_TIME)

    async def one(provider: Provider) -> Provider | None:
        if not is_due(provider, now(), every):
            return provider
        async with places:
            try:
                return await heartbeat(db, vault, provider.id, budgets=budgets, ask=ask)
            except NotFound:
                return None

    return [provider for provider in await asyncio.gather(*map(one, found)) if provider is not None]


def next_look(provider: Provider) -> float | None:
    """Seconds after which to look again before the clock does; None to leave it to the clock."""
    if provider.status == ProviderStatus.PENDING:
        return SOON
    if provider.status != ProviderStatus.ERROR or provider.doubt:
        return None
    seconds: float = SOON * 2 ** max(0, provider.failures_in_row - 1)
    return seconds if seconds < HEARTBEAT_SECONDS else None


def is_due(provider: Provider, moment: datetime, every: float) -> bool:
    """Whether a heartbeat is due, when those that are well have one `every` so many seconds."""
    if provider.last_heartbeat_at is None:
        return True
    interval = min(every, next_look(provider) or every)
    slack = min(1.0, interval / 2)  # a clock that ticks a little early is meant as well
    return has_gone_by(provider.last_heartbeat_at, moment, interval - slack)


async def probe(client: ProviderClient, provider: Provider, *, complete: bool, paying: Chats | None = None) -> Finding:
    """One look over the network; a fault is a finding, never raised. A completion is asked of `paying`, if given."""
    start = time.perf_counter()
    try:
        offered = await client.models()
        model, reason, score = _choose(provider, offered, client.host)
    except ProviderError as error:
        return Finding(Signal.FAILED, error=error.message)
    context = next((entry.context_length for entry in offered if entry.id == model), None)
    known: dict[str, Any] = {"model": model, "reason": reason, "score": score, "context_window": context}
    completion, unasked = None, ""
    try:
        completion = await _complete(paying or client, model, client.host) if complete else None
    except Refused as refused:
        unasked = f"It was not asked for a completion: {refused.message}"
    if isinstance(completion, ProviderError):
        return Finding(Signal.FAILED, error=completion.message, completion=completion, **known)
    latency = round((time.perf_counter() - start) * 1000)
    signal = Signal.CHECKED if completion else Signal.ALIVE
    return Finding(signal, latency, error=unasked, completion=completion, **known)


async def record_heartbeat(
    tx: AsyncSession, provider_id: str, finding: Finding, *, revision: int, actor: Actor = SYSTEM
) -> Provider:
    """Stores a finding about `revision` of the provider; one about an older revision is dropped. Raises NotFound."""
    provider = await service.get(tx, provider_id)
    if provider.revision != revision:
        return provider
    provider.last_heartbeat_at = now()
    if finding.model:
        provider.model, provider.selection_reason = finding.model, finding.reason
        provider.model_score = finding.score
        provider.context_window = provider.context_window or finding.context_window
    if finding.completion is not None:
        await calls.finish(tx, provider, None, finding.completion, holder="check")
    judge(tx, provider, finding, actor=actor)
    return provider


def judge(tx: AsyncSession, provider: Provider, finding: Finding, *, actor: Actor) -> None:
    """Moves the provider's status and the doubt about it, as the finding says; a list of models takes no doubt away."""
    if finding.signal is not Signal.FAILED:
        provider.last_heartbeat_latency_ms = finding.latency_ms
    if finding.signal is Signal.ALIVE and provider.doubt:
        return
    provider.last_heartbeat_error = finding.error
    _weigh(provider, finding.completion)
    service.signal(tx, provider, _heard(provider, finding.signal), actor=actor, error=finding.error)


async def record_call(
    tx: AsyncSession,
    provider_id: str,
    *,
    tokens: int,
    latency_ms: int,
    answered_by: str = "",
    error: ProviderError | None = None,
) -> None:
    """Counts one call of a run. One that could not be made at all, or one soft failure too many, stops the work."""
    kind = error.kind if error else ""
    counted = await repository.count_call(
        tx, provider_id, tokens=tokens, latency_ms=latency_ms, answered_by=answered_by, failed=bool(error),
        soft=kind in SOFT,
    )  # fmt: skip
    if counted is None:
        return
    doubt, in_row = counted
    broken = kind in HARD or kind == "unreachable" or in_row >= SOFT_IN_ROW
    if not broken and (error or not doubt):
        return
    provider = await service.get(tx, provider_id)
    if error is None:
        provider.doubt, provider.doubted_at, provider.last_heartbeat_error = "", None, ""
        service.signal(tx, provider, Signal.CHECKED, actor=SYSTEM)
        return
    provider.last_heartbeat_error = error.message
    if kind != "unreachable":
        provider.doubt, provider.doubted_at, provider.verified_at = kind, now(), None
    if provider.status not in (ProviderStatus.ERROR, ProviderStatus.FAILED):
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
    given = {
        "model": wanted.model, "api_key": wanted.api_key, "action_format": wanted.action_format, "prices": known,
    }  # fmt: skip
    named = {name: value for name, value in given.items() if value}
    draft = ProviderDraft.model_validate({"id": "default", "endpoint": wanted.url, **named})
    async with db.write() as tx:
        return (await service.register(tx, draft, vault=vault, actor=SYSTEM)).id


def _weigh(provider: Provider, completion: ChatReply | ProviderError | None) -> None:
    """Raises or takes away the doubt, as a completion that was asked for says."""
    if completion is None:
        return
    if not isinstance(completion, ProviderError):
        provider.doubt, provider.doubted_at, provider.calls_failed_in_row = "", None, 0
        provider.verified_at, provider.selected_model = now(), completion.model
    elif completion.kind not in ("unreachable", "rate_limited"):
        provider.doubt, provider.doubted_at, provider.verified_at = completion.kind, now(), None


def _heard(provider: Provider, signal: Signal) -> Signal:
    given_up = signal is Signal.FAILED and provider.failures_in_row + 1 >= FAILURES_TO_GIVE_UP
    return Signal.GIVEN_UP if given_up else signal


def _may_ask(provider: Provider, moment: datetime) -> bool:
    """Whether a doubted provider may be asked for a completion again."""
    if not provider.doubt or provider.doubted_at is None:
        return False
    rest: timedelta = FIRST_ASKED_AGAIN * 2 ** min(10, max(0, provider.failures_in_row - 1))
    return has_gone_by(provider.doubted_at, moment, min(rest, LAST_ASKED_AGAIN).total_seconds())


async def _look(
    db: Database,
    vault: Vault,
    provider_id: str,
    *,
    complete: bool,
    budgets: BudgetSettings,
    actor: Actor,
    ask: bool = False,
) -> Provider:
    async with db.read() as tx:
        provider = await service.get(tx, provider_id)
    payer = Payer(user_id=actor.id if actor.kind == "user" else "")
    asking = complete or (ask and _may_ask(provider, now()))
    finding = await _find(db, vault, provider, complete=asking, budgets=budgets, payer=payer)
    async with db.write() as tx:
        return await record_heartbeat(tx, provider_id, finding, revision=provider.revision, actor=actor)


async def _find(
    db: Database, vault: Vault, provider: Provider, *, complete: bool, budgets: BudgetSettings, payer: Payer
) -> Finding:
    try:
        client = service.client_for(provider, vault, timeouts=TIMEOUTS)
    except LoomError as error:
        return Finding(Signal.FAILED, error=error.message)
    async with client:
        paying = Metered(client, db, budgets, provider, payer, purpose="check", within_seconds=TIMEOUTS.total)
        return await probe(client, provider, complete=complete, paying=paying)


def _choose(provider: Provider, offered: list[ModelInfo], host: str) -> tuple[str, str, float | None]:
    """The model to request, why, and its score: the configured one, else the one chosen before, else the best."""
    best = choose(offered)
    scores = {one.spec.name: one.score for one in best.scored}
    if provider.configured_model:
        name = provider.configured_model
        listed = "" if name in scores else " It is not on the provider's list of models."
        return name, f"A person chose it.{listed}", scores.get(name)
    if provider.model in scores and provider.selection_reason:
        return provider.model, provider.selection_reason, scores[provider.model]
    if best.model is None:
        what = "no models that can be talked with" if offered else "no models"
        raise ProviderError(
            f"{host} offers {what}, and none is configured. Load a model there or name one.",
            kind="model_missing",
            billed=False,
        )
    return best.model, best.why, best.score


async def _complete(client: Chats, model: str, host: str) -> ChatReply | ProviderError:
    """What the smallest of questions brings. An empty answer fails, unless all its tokens went into reasoning.

    Raises Refused where a budget forbids asking.
    """
    try:
        reply = await client.chat(ChatRequest(model, [{"role": "user", "content": QUESTION}], max_tokens=ANSWER_TOKENS))
    except ProviderError as error:
        return error
    if not reply.text.strip() and reply.finish_reason != "length":
        return garbage(host, "an empty text")
    return reply
