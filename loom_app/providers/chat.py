"""What is asked of a model and what comes back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Message = Mapping[str, Any]
"""`{"role": "system" | "user" | "assistant" | "tool", "content": text}`, beside it `tool_calls` or `tool_call_id`."""

OnText = Callable[[str], None]
"""Called with each new piece of the answer's text as it arrives."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a provider may take, in seconds."""

    connect: float = 5.0
    idle: float = 180.0
    """The longest silence between two pieces of a stream; comments that only keep the line open are silence too."""
    total: float = 600.0
    first_token: float | None = None
    """The longest wait for the first piece; None is as long as `idle`."""

    @property
    def first(self) -> float:
        """Seconds until something has to have come."""
        return self.idle if self.first_token is None else self.first_token


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
class ToolCall:
    """A function the model wants called, with what it wrote for arguments.

    `arguments` is None and `fault` a sentence when that is no JSON object; nothing written at all is no arguments.
    """

    id: str
    name: str
    text: str
    arguments: Mapping[str, Any] | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One question to a model.

    An empty `model` lets the provider choose. `response_schema` is a JSON schema the answer is asked to obey and
    `json_mode` asks for any JSON object; a provider may ignore both. `tools` and `tool_choice` are OpenAI's.
    `idempotency_key` names this question across repetitions; a fresh one is made when absent.
    """

    model: str
    messages: Sequence[Message]
    temperature: float | None = None
    max_tokens: int | None = None
    response_schema: Mapping[str, Any] | None = None
    json_mode: bool = False
    tools: Sequence[Mapping[str, Any]] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ChatReply:
    """A whole answer. `model` is the one that answered, which a router may have chosen instead of the `asked` one.

    `finish_reason` is "stop", "length" (cut by max_tokens), "tool_calls", "content_filter" or another word of the
    provider's. `refusal` is what a model said instead of answering. `usage` was reported by the provider unless
    `estimated`, which means counted at four characters a token. Times are in milliseconds from sending the request;
    `first_token_ms` is None when the answer did not come as a stream.
    """

    text: str
    model: str
    finish_reason: str
    usage: Usage | None
    estimated: bool
    latency_ms: int
    first_token_ms: int | None
    request_id: str | None
    asked: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""
    reasoning_characters: int = 0

    @property
    def is_called(self) -> bool:
        """Whether it is whole by its function calls, whatever text stands beside them."""
        return bool(self.tool_calls) and not self.refusal and self.finish_reason not in ("length", "content_filter")

    @property
    def shortfall(self) -> str:
        """What the answer lacks and how to mend it, in a sentence; empty for one that is whole."""
        if self.refusal:
            return f"The model refused to answer: {' '.join(self.refusal.split())[:300]}"
        if self.finish_reason == "length":
            spent = "before it had written anything" if not self.text.strip() else "in the middle"
            return (
                f"The answer was cut off {spent} because it reached the most tokens it may have; "
                "raise runs.max_output_tokens or give the model less to do at once."
            )
        if self.finish_reason == "content_filter":
            return "The provider's content filter held the answer back; change what is asked or the filter there."
        return "" if self.text.strip() else self._instead()

    def _instead(self) -> str:
        if self.tool_calls:
            return f"The model called {', '.join(call.name for call in self.tool_calls)} and wrote no answer."
        if self.reasoning_characters:
            return (
                f"The model wrote {self.reasoning_characters} characters of reasoning and no answer; "
                "raise runs.max_output_tokens or choose a model that reasons less."
            )
        return "The model answered nothing; ask again or choose another model."


class Chats(Protocol):
    """Whatever answers a question to a model."""

    async def chat(self, request: ChatRequest, on_text: OnText | None = None) -> ChatReply:
        """The model's answer. Raises ProviderError."""
        ...
