"""The table of providers and the transition table of their status."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime
from loom_app.kernel.sealed import sealed


class ProviderStatus(StrEnum):
    """How far a provider can be relied on."""

    PENDING = "pending"
    ACTIVE = "active"
    HEALTHY = "healthy"
    ERROR = "error"
    FAILED = "failed"


class Signal(StrEnum):
    """What was learned about a provider."""

    CHECKED = "checked"
    """A test completion was answered."""
    ALIVE = "alive"
    """A heartbeat was answered."""
    FAILED = "failed"
    """A check, heartbeat or call failed."""
    GIVEN_UP = "given_up"
    """It failed FAILURES_TO_GIVE_UP times in a row or more."""
    CHANGED = "changed"
    """Its address, model or key was changed: nothing is known about it any more."""


FAILURES_TO_GIVE_UP = 5


def _follows(*, checked: ProviderStatus, alive: ProviderStatus, failed: ProviderStatus) -> dict[Signal, ProviderStatus]:
    return {
        Signal.CHECKED: checked,
        Signal.ALIVE: alive,
        Signal.FAILED: failed,
        Signal.GIVEN_UP: ProviderStatus.FAILED,
        Signal.CHANGED: ProviderStatus.PENDING,
    }


_S = ProviderStatus
TRANSITIONS: dict[ProviderStatus, dict[Signal, ProviderStatus]] = {
    _S.PENDING: _follows(checked=_S.ACTIVE, alive=_S.ACTIVE, failed=_S.ERROR),
    _S.ACTIVE: _follows(checked=_S.ACTIVE, alive=_S.HEALTHY, failed=_S.ERROR),
    _S.HEALTHY: _follows(checked=_S.HEALTHY, alive=_S.HEALTHY, failed=_S.ERROR),
    _S.ERROR: _follows(checked=_S.HEALTHY, alive=_S.HEALTHY, failed=_S.ERROR),
    _S.FAILED: _follows(checked=_S.HEALTHY, alive=_S.HEALTHY, failed=_S.FAILED),
}

WORKING = (ProviderStatus.ACTIVE, ProviderStatus.HEALTHY)
"""The states in which a provider is given work."""


class ProviderType(StrEnum):
    """What stands behind the address. All of them are spoken to in the same OpenAI-compatible way."""

    TOKENHUB = "tokenhub"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    VLLM = "vllm"
    LLAMACPP = "llamacpp"
    LOCAL = "local"
    CUSTOM = "custom"


class ActionFormat(StrEnum):
    """How a model is asked to say what it wants done."""

    AUTO = "auto"
    """Whatever does best by what is known of the model and of its provider."""
    TOOLS = "tools"
    """Functions that it calls."""
    ENVELOPE = "envelope"
    """A JSON object with a list of actions."""
    SIMPLE = "simple"
    """A JSON object that is one action."""


class Provider(SQLModel, table=True):
    """An endpoint that answers completions.

    Its prices are those of its models that have none of their own, in micro-dollars per million tokens; None is
    unpriced, not free.
    """

    __tablename__ = "providers"

    id: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=200)
    type: str = ProviderType.CUSTOM
    endpoint: str = Field(max_length=2000)
    """The base address, ending in /v1 or in whatever stands before /chat/completions."""
    configured_model: str = ""
    """The model asked for by whoever registered it; empty takes the first one on offer."""
    model: str = ""
    """The model that is requested; filled by the first check when none was asked for."""
    selected_model: str = ""
    """The model that answered last; a router may answer with another than was requested."""
    selection_reason: str = ""
    """Why `model` is requested, in a sentence."""
    model_score: float | None = None
    """What the catalog thinks of it; None when it is not on offer."""
    description: str = ""
    owner_id: str = Field(default="", index=True)
    is_shared: bool = True
    is_demo: bool = False
    tags: list[str] = Field(default_factory=list, sa_type=JsonValue)
    api_key_sealed: str = Field(default="", repr=False, sa_column_kwargs=sealed("provider-key"))
    key_id: str = ""
    """Names the stored key without telling anything about it; a new one with every new key."""
    private_allowed: bool = False
    """Whether the endpoint may be in a private network; only an administrator can say so."""

    price_input: int | None = Field(default=None, sa_type=BigInteger)
    price_cached_input: int | None = Field(default=None, sa_type=BigInteger)
    price_cache_write: int | None = Field(default=None, sa_type=BigInteger)
    price_output: int | None = Field(default=None, sa_type=BigInteger)
    price_reasoning: int | None = Field(default=None, sa_type=BigInteger)
    context_window: int | None = None
    """Tokens that prompt and answer may have together; None when nobody said."""
    max_runs: int | None = None
    """The most runs that may use it at once; None leaves it to the settings."""

    action_format: str = ActionFormat.AUTO
    refused_formats: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    """The formats that did not do, each with `why`, `at` and for which `model`."""

    status: str = Field(default=ProviderStatus.PENDING, index=True)
    revision: int = 1
    """Rises with every change of address, model or key, so that a check of the old ones is not taken for the new."""
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When a completion of this revision was last answered; None when none was."""
    doubt: str = ""
    """The kind of fault after which only an answered completion restores trust; empty while heartbeats are enough."""
    doubted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When a completion last confirmed the doubt."""
    calls_failed_in_row: int = 0
    max_calls: int | None = None
    """How many calls it takes at once, those of all workers together; None sets no limit."""
    last_heartbeat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_heartbeat_latency_ms: int | None = None
    last_heartbeat_error: str = ""
    failures_in_row: int = 0

    total_requests: int = Field(default=0, sa_type=BigInteger)
    failed_requests: int = Field(default=0, sa_type=BigInteger)
    total_tokens: int = Field(default=0, sa_type=BigInteger)
    total_latency_ms: int = Field(default=0, sa_type=BigInteger)
    last_latency_ms: int | None = None
    last_request_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class ModelPrice(SQLModel, table=True):
    """What a model costs from a moment on: micro-dollars per million tokens; None is unknown, not free.

    An empty `model` stands for every model of the provider that has no price of its own. Rows are only added, so that
    what was paid before can be reckoned again.
    """

    __tablename__ = "model_prices"

    provider_id: str = Field(primary_key=True, foreign_key="providers.id", ondelete="CASCADE")
    model: str = Field(primary_key=True)
    valid_from: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    price_input: int | None = Field(default=None, sa_type=BigInteger)
    price_cached_input: int | None = Field(default=None, sa_type=BigInteger)
    price_cache_write: int | None = Field(default=None, sa_type=BigInteger)
    price_output: int | None = Field(default=None, sa_type=BigInteger)
    price_reasoning: int | None = Field(default=None, sa_type=BigInteger)
    source: str = "people"
    """Who said so: "people", "provider" (its list of models) or "settings"."""
    set_by: str = ""
    set_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
