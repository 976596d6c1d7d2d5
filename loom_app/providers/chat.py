"""What is asked of a model and what comes back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Message = Mapping[str, Any]
"""`{"role": "system" | "user" | "assistant", "content": text}`."""

OnText = Callable[[str], None]
"""Called with each new piece of the answer's text as it arrives."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a provider may take, in seconds."""

    connect: float = 5.0
    idle: float = 180.0
    """The longest silence in a stream, the wait for its first token included."""
    total: float = 600.0


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model on offer. `context_length` is in tokens, None when the provider does not say."""

    id: str
    context_length: int | None = None
    pricing: Mapping[str, Any] | None = field(default=None, compare=False)
    """What the provider says of its price, as it says it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `cached_input` and `cache_write` are parts of `input`, `reasoning` is a part of `output`.

    `billed` is what the provider itself says the call cost, in micro-dollars; None where it says nothing.
    """

    input: int
    cached_input: int = 0
    output: int = 0
    reasoning: int = 0
    cache_write: int = 0
    billed: int | None = None

    @property
    def total(self) -> int:
        """All tokens of the call."""
        return self.input + self.output


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One question to a model.

    An empty `model` lets the provider choose. `response_schema` is a JSON schema the answer is asked to obey; a
    provider may ignore it. `idempotency_key` names this question across repetitions; a fresh one is made when absent.
    """

    model: str
    messages: Sequence[Message]
    temperature: float | None = None
    max_tokens: int | None = None
    response_schema: Mapping[str, Any] | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ChatReply:
    """A whole answer. `model` is the one that answered, which a router may have chosen.

    `finish_reason` is "stop", "length" (cut by max_tokens) or another word of the provider's. `usage` was reported by
    the provider unless `estimated`, which means counted at four characters a token. Times are in milliseconds from
    sending the request; `first_token_ms` is None when the answer did not come as a stream.
    """

    text: str
    model: str
    finish_reason: str
    usage: Usage | None
    estimated: bool
    latency_ms: int
    first_token_ms: int | None
    request_id: str | None


class Chats(Protocol):
    """Whatever answers a question to a model."""

    async def chat(self, request: ChatRequest, on_text: OnText | None = None) -> ChatReply:
        """The model's answer. Raises ProviderError."""
        ...
