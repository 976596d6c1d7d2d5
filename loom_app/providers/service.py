"""The rules of providers. Nothing here waits for the network; health.py does that between transactions."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from loom_app.kernel.ids import new_id
from loom_app.providers import keys, prices, repository
from loom_app.providers.chat import Timeouts
from loom_app.providers.client import ProviderClient
from loom_app.providers.dialect import Dialect
from loom_app.providers.endpoint import host_of, is_private_literal, origin_of
from loom_app.providers.models import TRANSITIONS, WORKING, Provider, ProviderStatus, Signal
from loom_app.providers.schemas import ID_PATTERN, ProviderChange, ProviderDraft
from loom_app.providers.telling import tell
from loom_app.providers.visibility import sees

ASKED_ANEW = frozenset({"endpoint", "model", "private_allowed", "api_key"})
"""After a change of one of these nothing is known about the provider any more."""


async def get(tx: AsyncSession, provider_id: str, *, actor: Actor = SYSTEM) -> Provider:
    """The provider, if `actor` may see it. Raises NotFound."""
    provider = await repository.get(tx, provider_id) if re.fullmatch(ID_PATTERN, provider_id) else None
    if provider is None or not sees(actor, provider):
        raise NotFound(
            f"There is no provider {provider_id!r}. List providers with GET /api/v1/providers.",
            code="provider_not_found",
        )
    return provider


async def list_visible(tx: AsyncSession, actor: Actor, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """The rows `actor` may see, oldest first, without keys; and how many there are in all."""
    return await repository.page(tx, actor, limit, offset)


async def register(
    tx: AsyncSession, draft: ProviderDraft, *, vault: Vault, actor: Actor, is_demo: bool = False
) -> Provider:
    """A new provider in state pending, or the one of that id with `draft` applied. Check it afterwards."""
    provider_id = draft.id or new_id("provider")
    known = await repository.get(tx, provider_id)
    if known is not None:
        if not sees(actor, known):
            raise Conflict(f"The id {provider_id!r} is taken; choose another.", code="provider_exists")
        return await _change(tx, known, draft, vault=vault, actor=actor)
    assert draft.endpoint is not None
    _may_place(actor, draft.endpoint)
    provider = Provider(
        **({"name": draft.name or host_of(draft.endpoint)} | draft.columns()),
        id=provider_id,
        owner_id=actor.id if actor.kind == "user" else "",
        is_demo=is_demo,
        private_allowed=actor.may("providers:admin"),
    )
    if draft.api_key:
        keys.store(provider, draft.api_key, vault)
    tx.add(provider)
    await prices.note_own(tx, provider, actor)
    data = {"name": provider.name, "endpoint": provider.endpoint, "model": provider.model, "status": provider.status}
    tell(tx, "provider.registered", provider, actor, data)
    return provider


async def update(tx: AsyncSession, provider_id: str, change: ProviderChange, *, vault: Vault, actor: Actor) -> Provider:
    """The provider with `change` applied; pending again when its address, model or key changed."""
    return await _change(tx, await get(tx, provider_id, actor=actor), change, vault=vault, actor=actor)


async def delete(tx: AsyncSession, provider_id: str, *, actor: Actor) -> None:
    """Removes the provider and its key. Runs that use it end with their next call."""
    provider = await get(tx, provider_id, actor=actor)
    await tx.delete(provider)
    data = {"name": provider.name, "status": provider.status}
    tell(tx, "provider.deleted", provider, actor, data)


async def working(tx: AsyncSession, preferred: str = "") -> Provider | None:
    """The provider that gets the work, or None while none can take any.

    `preferred` names an agent's own provider; while that exists no other stands in for it.
    """
    own = await repository.get(tx, preferred) if preferred else None
    if own is not None:
        return own if own.status in WORKING else None
    return await repository.first_working(tx)


def client_for(provider: Provider, vault: Vault, *, timeouts: Timeouts | None = None) -> ProviderClient:
    """A client for the provider, to be closed by the caller. Raises SecretUnreadable when its key cannot be opened."""
    return ProviderClient(
        provider.endpoint,
        keys.of(provider, vault),
        timeouts=timeouts,
        private_allowed=provider.private_allowed,
        dialect=_dialect(provider.endpoint, provider.model),
    )


def signal(tx: AsyncSession, provider: Provider, heard: Signal, *, actor: Actor, error: str = "") -> None:
    """Moves the provider's status as TRANSITIONS says; one event when it changes."""
    provider.failures_in_row = provider.failures_in_row + 1 if heard in (Signal.FAILED, Signal.GIVEN_UP) else 0
    before = ProviderStatus(provider.status)
    provider.status = TRANSITIONS[before][heard]
    if provider.status == before:
        return
    provider.updated_at = now()
    data = {"status": provider.status, "previous": before, "name": provider.name, "error": error}
    tell(tx, "provider.updated", provider, actor, data)


async def _change(
    tx: AsyncSession, provider: Provider, change: ProviderChange, *, vault: Vault, actor: Actor
) -> Provider:
    fields = _differing(provider, change, actor)
    new_key = change.api_key if change.api_key and not keys.is_key_of(provider, change.api_key, vault) else None
    forget = change.clear_key and not change.api_key and bool(provider.key_id)
    if not fields and not new_key and not forget:
        return provider
    for name, value in fields.items():
        setattr(provider, name, value)
    if new_key:
        keys.store(provider, new_key, vault)
    elif forget:
        provider.api_key_sealed = provider.key_id = ""
    provider.updated_at = now()
    await prices.note_own(tx, provider, actor)
    names = sorted([*fields, *(["api_key"] if new_key or forget else [])])
    if not (ASKED_ANEW | {"action_format"}).isdisjoint(names):
        provider.refused_formats = {}
    tell(tx, "provider.updated", provider, actor, {"name": provider.name, "fields": names})
    if not ASKED_ANEW.isdisjoint(names):
        provider.revision += 1
        provider.verified_at, provider.last_heartbeat_error = None, ""
        provider.doubt, provider.doubted_at, provider.calls_failed_in_row = "", None, 0
        signal(tx, provider, Signal.CHANGED, actor=actor)
    return provider


def _differing(provider: Provider, change: ProviderChange, actor: Actor) -> dict[str, Any]:
    """The columns that `change` gives another value. Raises when `actor` may not move the provider there."""
    wanted = change.columns()
    if not wanted.get("model", True) and provider.configured_model == "":
        del wanted["model"]  # still the first one on offer, which is known already
    if wanted.get("endpoint", provider.endpoint) != provider.endpoint:
        _may_move(provider, wanted["endpoint"], change, actor)
        wanted["private_allowed"] = actor.may("providers:admin")
    return {name: value for name, value in wanted.items() if getattr(provider, name) != value}


def _may_place(actor: Actor, endpoint: str) -> None:
    """A provider inside the private network can reach what its caller cannot, so only an administrator places one."""
    if is_private_literal(endpoint) and not actor.may("providers:admin"):
        raise Forbidden(
            f"{host_of(endpoint)} is in a private network, where only an administrator may place a provider. "
            "Ask one to register it.",
            code="private_endpoint",
        )


def _may_move(provider: Provider, endpoint: str, change: ProviderChange, actor: Actor) -> None:
    """A stored key is not carried to another host by somebody who could not have read it."""
    _may_place(actor, endpoint)
    elsewhere = origin_of(endpoint) != origin_of(provider.endpoint)
    keeps_key = bool(provider.key_id) and not change.api_key and not change.clear_key
    if elsewhere and keeps_key and not actor.may("providers:admin"):
        raise Invalid(
            "The address changes to another host, so the stored API key cannot go with it. "
            "Send api_key with the new address, or clear_key true to go without one.",
            code="key_needed",
        )


@lru_cache(256)
def _dialect(endpoint: str, model: str) -> Dialect:  # noqa: ARG001 - the key of the cache
    """What was learned about an endpoint, kept for as long as this process runs."""
    return Dialect()
