"""What the API takes and gives of providers."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from loom_app.kernel.clock import now
from loom_app.kernel.money import LARGEST_PRICE
from loom_app.kernel.rest import Body, Lenient, Shown, without
from loom_app.providers import formats
from loom_app.providers.calls import Evidence
from loom_app.providers.chat import ModelInfo
from loom_app.providers.endpoint import normalise
from loom_app.providers.modelnames import same_model
from loom_app.providers.models import ActionFormat, Provider, ProviderType
from loom_app.providers.rates import Rates

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")
]
Model = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=r"^[^\x00-\x1f]*$")]
Prose = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]
Key = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4_000, pattern=r"^[\x21-\x7e]*$")]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
Price = Annotated[int, Field(ge=0, le=LARGEST_PRICE)]
"""Micro-dollars per million tokens: 3000000 is three dollars."""

MICROS = 1_000_000
READ_ONLY = frozenset(
    {
        "id",
        "status", "configured_model", "selected_model", "requires_key", "key_id", "owner_id", "is_demo", "metrics",
        "last_heartbeat_at", "last_heartbeat_latency_ms", "last_heartbeat_error", "failures_in_row", "verified_at",
        "supports_streaming", "schema_version", "created_at", "updated_at", "selection_reason", "model_score", "doubt",
        "substituted", "format_in_use", "format_reason", "refused_formats",
    }
)  # fmt: skip
"""What a client that sends back what it was shown may include; it changes nothing."""


class Prices(Body):
    """Micro-dollars per million tokens; null is unknown, 0 is free.

    Cached input and what is written into the cache cost as input where they have no price, reasoning as output.
    """

    input: Price | None = None
    cached_input: Price | None = None
    cache_write: Price | None = None
    output: Price | None = None
    reasoning: Price | None = None


class ProviderChange(Body):
    """What of a provider is to change; what is left out stays. An empty `api_key` keeps the stored one."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: Name | None = None
    type: Annotated[ProviderType, Lenient] | None = None
    endpoint: str | None = None
    model: Model | None = None
    api_key: Key | None = Field(default=None, repr=False)
    clear_key: bool = False
    """Forgets the stored key."""
    description: Prose | None = None
    tags: list[Tag] | None = Field(default=None, max_length=50)
    is_shared: bool | None = None
    context_window: Annotated[int, Field(ge=1, le=10**9)] | None = None
    max_runs: Annotated[int, Field(ge=1, le=9_999)] | None = None
    """The most runs that may use it at once; null leaves it to the settings."""
    max_calls: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """How many calls it takes at once; null sets no limit."""
    action_format: Annotated[ActionFormat, Lenient] | None = None
    """How the model is asked for actions."""
    prices: Annotated[Prices, Lenient] | None = None
    cost_per_mtoken: Annotated[float, Field(ge=0, le=LARGEST_PRICE / MICROS, allow_inf_nan=False)] | None = None
    """Dollars per million tokens of either kind; `prices` tells more and wins."""

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, given: Any) -> Any:
        return without(given, READ_ONLY - cls.model_fields.keys())

    @field_validator("type", mode="before")
    @classmethod
    def _known_type(cls, given: Any) -> Any:
        if given == "ollama":
            raise ValueError("ollama's own protocol is not spoken; use type local and its address ending in /v1")
        return given

    @field_validator("endpoint")
    @classmethod
    def _normal(cls, given: str | None) -> str | None:
        return None if given is None else normalise(given)

    def columns(self) -> dict[str, Any]:
        """The plain columns this names, with their new values."""
        given = self.model_dump(
            exclude_unset=True,
            include={"name", "type", "endpoint", "description", "tags", "is_shared", "action_format"},
        )
        changes = {name: value for name, value in given.items() if value is not None}
        if self.model is not None:
            changes["configured_model"] = changes["model"] = self.model
        for name in ("context_window", "max_runs", "max_calls"):
            if name in self.model_fields_set:
                changes[name] = getattr(self, name)
        return changes | self._prices()

    def _prices(self) -> dict[str, int | None]:
        if self.prices is not None:
            return {f"price_{name}": value for name, value in self.prices.model_dump(exclude_unset=True).items()}
        if self.cost_per_mtoken is None:
            return {}
        micros = round(self.cost_per_mtoken * MICROS)
        return {"price_input": micros, "price_output": micros}


class ProviderDraft(ProviderChange):
    """A provider to be registered, or changed when there is one of that id."""

    id: Id | None = None

    @model_validator(mode="after")
    def _has_endpoint(self) -> Self:
        if self.endpoint is None:
            raise ValueError("endpoint is missing: the address of an OpenAI-compatible API")
        return self


class ProviderView(BaseModel):
    """A provider as the API shows it; never its key."""

    id: str
    name: str
    type: str
    endpoint: str
    model: str
    configured_model: str
    selected_model: str = Field(description="The model that answered last.")
    substituted: bool = Field(description="Another model answers than is asked.")
    selection_reason: str
    model_score: float | None
    description: str
    requires_key: bool
    key_id: str
    owner_id: str
    is_shared: bool
    is_demo: bool
    status: str
    last_heartbeat_at: datetime | None
    last_heartbeat_latency_ms: int | None
    last_heartbeat_error: str
    failures_in_row: int
    verified_at: datetime | None = Field(description="When a completion was last answered.")
    doubt: str = Field(description="The kind of fault after which it has to answer a completion before it gets work.")
    max_calls: int | None
    prices: Prices
    cost_per_mtoken: float | None
    context_window: int | None
    max_runs: int | None
    action_format: str
    format_in_use: str = Field(description="How the next run asks for actions: tools, envelope or simple.")
    format_reason: str
    refused_formats: dict[str, Any] = Field(description="Formats that did not do, with why, at and the model.")
    supports_streaming: bool = True
    tags: list[str]
    metrics: dict[str, Any]
    schema_version: str = "1.0"
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Provider) -> "ProviderView":
        """The view of a row."""
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        choice = formats.choose(row, now())
        one_price = row.price_input is not None and row.price_input == row.price_output
        return cls(
            **own,
            requires_key=bool(row.key_id),
            substituted=not same_model(row.model, row.selected_model),
            prices=Prices(**Rates.of(row).as_json()),
            cost_per_mtoken=(row.price_input or 0) / MICROS if one_price else None,
            format_in_use=choice.format,
            format_reason=choice.why,
            metrics=_metrics(row),
        )


class ModelList(BaseModel):
    """The models a provider offers."""

    class Entry(BaseModel):
        """One model; `context_length` in tokens where the provider says it."""

        id: str
        name: str
        context_length: int | None

    models: list[Entry]

    @classmethod
    def of(cls, models: list[ModelInfo]) -> "ModelList":
        """The view of what the client read."""
        return cls(models=[cls.Entry(id=m.id, name=m.id, context_length=m.context_length) for m in models])


class FailureView(Shown):
    """A call that failed."""

    kind: str
    message: str
    at: datetime


class HealthView(Shown):
    """What the status of a provider rests on. Times are milliseconds of the newest calls, null without one."""

    status: str
    doubt: str
    last_heartbeat_at: datetime | None
    last_heartbeat_latency_ms: int | None
    last_heartbeat_error: str
    failures_in_row: int
    calls: int = Field(description="How many of the newest calls the figures are made of, 200 at most.")
    answered: int
    success_rate: float | None
    latency_p50_ms: int | None
    latency_p95_ms: int | None
    first_token_p50_ms: int | None
    last_success_at: datetime | None
    last_failure: FailureView | None
    in_flight: int
    waiting: int
    max_calls: int | None

    @classmethod
    def of(cls, row: Provider, seen: Evidence) -> "HealthView":
        """The view of a provider and the evidence about it."""
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        told = {
            name: getattr(seen, name)
            for name in ("calls", "answered", "success_rate", "last_success_at", "in_flight", "waiting")
        }
        failed = seen.last_failure
        return cls(
            **own, **told, latency_p50_ms=seen.p50_ms, latency_p95_ms=seen.p95_ms,
            first_token_p50_ms=seen.first_token_p50_ms,
            last_failure=FailureView(kind=failed.kind, message=failed.message, at=failed.at) if failed else None,
        )  # fmt: skip


def _metrics(row: Provider) -> dict[str, Any]:
    total, failed = row.total_requests, row.failed_requests
    answered = total - failed
    return {
        "total_requests": total,
        "success_requests": answered,
        "failed_requests": failed,
        "success_rate": answered / total if total else None,
        "total_tokens": row.total_tokens,
        "avg_latency_ms": round(row.total_latency_ms / answered) if answered else None,
        "last_latency_ms": row.last_latency_ms,
        "last_request_at": row.last_request_at,
    }
