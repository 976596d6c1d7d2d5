"""Putting an answer together: a whole one, OpenAI's chunks, or the events of Anthropic that TokenHub passes through."""

import json
from collections.abc import Mapping
from typing import Any

from loom_app.providers.chat import OnText, Usage
from loom_app.providers.errors import ProviderError, fault_in_answer
from loom_app.providers.tool_calls import ToolCalls
from loom_app.providers.usage import reported_usage, usage_in

END = "[DONE]"
STOP_REASONS = {
    "end_turn": "stop", "stop_sequence": "stop", "eos": "stop", "eos_token": "stop", "complete": "stop",
    "max_tokens": "length", "max_length": "length", "model_length": "length", "max_output_tokens": "length",
    "tool_use": "tool_calls", "function_call": "tool_calls",
    "refusal": "content_filter", "safety": "content_filter", "recitation": "content_filter",
}  # fmt: skip
"""OpenAI's words for what others say."""
BROKEN_OFF = frozenset({"error", "abort", "aborted", "cancelled"})
"""Words for an answer that its provider gave up."""


class ReplyBuilder:
    """Collects one answer. `ended` once the model said that it had finished, `done` once the stream said so too."""

    def __init__(self, host: str, on_text: OnText | None = None) -> None:
        self._host = host
        self._on_text = on_text
        self._parts: list[str] = []
        self._refusals: list[str] = []
        self._anthropic_usage: dict[str, Any] = {}
        self.tool_calls = ToolCalls()
        self.reasoning_characters = 0
        self.model = ""
        self.id: str | None = None
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.done = False
        self.streamed = False
        self.begun = False

    @property
    def ended(self) -> bool:
        """Whether nothing of the text can be missing any more."""
        return self.done or self.finish_reason is not None

    @property
    def text(self) -> str:
        """The answer's text so far."""
        return "".join(self._parts)

    @property
    def characters(self) -> int:
        """How much the model wrote, reasoning included."""
        written = sum(map(len, self._parts)) + sum(map(len, self._refusals))
        return written + self.reasoning_characters + self.tool_calls.characters

    @property
    def refusal(self) -> str:
        """What the model said instead of answering; empty when it did not refuse."""
        return "".join(self._refusals)

    def event(self, data: str) -> None:
        """Takes the data of one server-sent event. Raises ProviderError for a reported fault or nonsense."""
        self.streamed = True
        if data.strip() == END:
            self.done = True
            return
        chunk = parse_object(self._host, data)
        if chunk.get("error"):
            raise fault_in_answer(self._host, chunk["error"])
        if isinstance(chunk.get("type"), str) and "choices" not in chunk:
            self._anthropic(chunk)
        else:
            self._chunk(chunk, part="delta")

    def whole(self, answer: Mapping[str, Any]) -> None:
        """Takes an answer that came in one piece."""
        if answer.get("error"):
            raise fault_in_answer(self._host, answer["error"])
        self._chunk(answer, part="message")
        if not self.begun:
            raise garbage(self._host, "an answer without choices", json.dumps(answer)[:200])
        self.done = True

    def _chunk(self, chunk: Mapping[str, Any], part: str) -> None:
        self._name(chunk)
        self.usage = usage_in(chunk) or self.usage
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            return
        for choice in choices:
            if isinstance(choice, Mapping) and choice.get("index", 0) in (0, None):
                self._choice(choice, part)

    def _choice(self, choice: Mapping[str, Any], part: str) -> None:
        self.begun = True
        piece = choice.get(part)
        if isinstance(piece, Mapping):
            self._message(piece)
        elif isinstance(choice.get("text"), str):
            self._write(choice["text"])
        if choice.get("finish_reason"):
            self._finish(str(choice["finish_reason"]))

    def _message(self, piece: Mapping[str, Any]) -> None:
        self._think(_text(piece.get("reasoning_content") or piece.get("reasoning")))
        self._write(_text(piece.get("content")))
        self._refusals.append(_text(piece.get("refusal")))
        given = piece.get("tool_calls")
        called = given if isinstance(given, list) else []
        for number, call in enumerate(called):
            if isinstance(call, Mapping):
                self.tool_calls.fragment({"index": number, **call} if len(called) > 1 else call)
        if isinstance(piece.get("function_call"), Mapping):
            self.tool_calls.fragment({"index": 0, "function": piece["function_call"]})

    def _finish(self, reason: str) -> None:
        word = STOP_REASONS.get(reason.lower(), reason.lower())
        if word in BROKEN_OFF:
            raise ProviderError(
                f"{self._host} gave its answer up after {self.characters} characters ({reason}). "
                "The part that came is not used; the request can be repeated.",
                kind="cut_off",
            )
        self.finish_reason = word

    def _anthropic(self, event: Mapping[str, Any]) -> None:
        kind = event["type"]
        delta = event.get("delta")
        delta = delta if isinstance(delta, Mapping) else {}
        if kind == "message_start" and isinstance(event.get("message"), Mapping):
            self.begun = True
            self._name(event["message"])
            self._anthropic_count(event["message"].get("usage"))
        elif kind == "content_block_start" and isinstance(event.get("content_block"), Mapping):
            self._anthropic_call(event.get("index"), event["content_block"])
        elif kind == "content_block_delta":
            self._write(_text(delta.get("text")))
            self._think(_text(delta.get("thinking")))
            self.tool_calls.go_on(event.get("index"), _text(delta.get("partial_json")))
        elif kind == "message_delta":
            self._anthropic_count(event.get("usage"))
            if delta.get("stop_reason"):
                self._finish(str(delta["stop_reason"]))
        elif kind == "message_stop":
            self.done = True

    def _anthropic_call(self, number: object, block: Mapping[str, Any]) -> None:
        if block.get("type") == "tool_use" and isinstance(number, int):
            self.tool_calls.begin(number, str(block.get("id") or ""), str(block.get("name") or ""), block.get("input"))

    def _anthropic_count(self, block: object) -> None:
        """Anthropic repeats its counts as they grow, not all of them every time."""
        if isinstance(block, Mapping):
            self._anthropic_usage.update(block)
            self.usage = reported_usage(self._anthropic_usage) or self.usage

    def _name(self, block: Mapping[str, Any]) -> None:
        if isinstance(block.get("model"), str):
            self.model = block["model"] or self.model
        if isinstance(block.get("id"), str):
            self.id = block["id"] or self.id

    def _write(self, text: str) -> None:
        if text:
            self._parts.append(text)
            if self._on_text:
                self._on_text(text)

    def _think(self, text: str) -> None:
        self.reasoning_characters += len(text)


def parse_object(host: str, text: str) -> Mapping[str, Any]:
    """`text` as a JSON object. Raises ProviderError of kind "garbage"."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, Mapping):
        raise garbage(host, "something that is not a JSON object", text[:200])
    return parsed


def is_complete(data: str) -> bool:
    """Whether the last, unterminated event of a stream came whole."""
    try:
        return data.strip() == END or isinstance(json.loads(data), Mapping)
    except (ValueError, RecursionError):
        return False


def garbage(host: str, what: str, beginning: str = "") -> ProviderError:
    """The error for an answer that is no completion."""
    shown = f" It begins {' '.join(beginning.split())[:120]!r}." if beginning.strip() else ""
    return ProviderError(
        f"{host} answered with {what} where a chat completion was expected.{shown} "
        "Check that the provider's address is that of an OpenAI-compatible API.",
        kind="garbage",
        detail=beginning,
    )


def _text(content: object) -> str:
    """Text that comes as a string or as a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(
            part["text"] for part in content if isinstance(part, Mapping) and isinstance(part.get("text"), str)
        )
    return ""
