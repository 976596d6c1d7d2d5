"""OpenAI's chat completion format: what a request must look like, and what an answer looks like."""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loom_app.demo.answers import Message, answer, text_of

MODEL = "loom-demo"
CHARACTERS_PER_TOKEN = 4
PIECE = 48
"""Characters in one piece of a stream: enough to keep the line lively and the processor idle."""
ROLES = ("system", "developer", "user", "assistant", "tool")


class BadRequest(Exception):
    """A request that cannot be answered, with the HTTP status and the fields of OpenAI's error object."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}


@dataclass(frozen=True)
class Completion:
    """An answer in full, before it is sent whole or in pieces."""

    text: str
    finish_reason: str
    usage: dict[str, Any]
    stream: bool
    stream_usage: bool
    id: str
    created: int

    def whole(self) -> dict[str, Any]:
        """The answer as one object."""
        choice = {"index": 0, "message": {"role": "assistant", "content": self.text}, "logprobs": None}
        choice["finish_reason"] = self.finish_reason
        return self._head("chat.completion") | {"choices": [choice], "usage": self.usage}

    def opening(self) -> dict[str, Any]:
        """The first object of a stream."""
        return self._chunk({"role": "assistant", "content": ""})

    def pieces(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The text as objects of a stream, each with its number of characters."""
        for start in range(0, len(self.text), PIECE):
            piece = self.text[start : start + PIECE]
            yield len(piece), self._chunk({"content": piece})

    def closing(self) -> list[dict[str, Any]]:
        """The last objects of a stream; the usage comes by itself, and only when it was asked for."""
        end = self._chunk({}, self.finish_reason)
        usage = self._head("chat.completion.chunk") | {"choices": [], "usage": self.usage}
        return [end, usage] if self.stream_usage else [end]

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        more: dict[str, Any] = {"usage": None} if self.stream_usage else {}
        return self._head("chat.completion.chunk") | {"choices": [choice]} | more

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": MODEL}


def complete(request: Any) -> Completion:
    """The answer to a decoded request body. Raises BadRequest when it is not a chat completion request."""
    body = _checked(request)
    wanted = body.get("response_format") or {}
    text = answer(body["messages"], as_json=str(wanted.get("type", "")).startswith("json"))
    limit: int = body.get("max_completion_tokens") or body.get("max_tokens") or len(text)
    within = text[: limit * CHARACTERS_PER_TOKEN]
    return Completion(
        text=within,
        finish_reason="stop" if within == text else "length",
        usage=usage_of(body["messages"], within),
        stream=bool(body.get("stream")),
        stream_usage=bool((body.get("stream_options") or {}).get("include_usage")),
        id=f"chatcmpl-{uuid.uuid4().hex}",
        created=int(time.time()),
    )


def usage_of(messages: Sequence[Message], text: str) -> dict[str, Any]:
    """Token counts, estimated from lengths. What the turn before already held counts as cached, as caches do it."""
    sizes = [tokens_of(text_of(message)) for message in messages]
    replies = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    prompt, cached, written = sum(sizes), sum(sizes[: replies[-1]]) if replies else 0, tokens_of(text)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def tokens_of(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _checked(request: Any) -> Mapping[str, Any]:
    if not isinstance(request, dict):
        raise BadRequest("The request body must be a JSON object.")
    _check_model(request.get("model"))
    _check_messages(request.get("messages"))
    for name in ("max_tokens", "max_completion_tokens"):
        _check_limit(name, request.get(name))
    if request.get("n") not in (None, 1):
        raise BadRequest("The demo model gives one answer at a time: leave n out or set it to 1.", param="n")
    if request.get("stream") not in (None, True, False):
        raise BadRequest("stream must be true or false.", param="stream")
    for name in ("response_format", "stream_options"):
        if not isinstance(request.get(name) or {}, dict):
            raise BadRequest(f"{name} must be an object.", param=name)
    return request


def _check_model(model: Any) -> None:
    if not isinstance(model, str) or not model:
        raise BadRequest(f"Name a model: {MODEL!r} is the only one here.", param="model")
    if model != MODEL:
        text = f"The model {model!r} does not exist here; the only one is {MODEL!r}."
        raise BadRequest(text, param="model", code="model_not_found", status=404)


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages must be a list with at least one message.", param="messages")
    for place, message in enumerate(messages):
        where = f"messages[{place}]"
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            raise BadRequest(f"{where} must be an object whose role is one of {', '.join(ROLES)}.", param=where)
        if not _is_content(message.get("content")):
            raise BadRequest(f"{where}.content must be a string or a list of parts.", param=f"{where}.content")


def _is_content(content: Any) -> bool:
    if isinstance(content, list):
        return all(isinstance(part, dict) for part in content)
    return content is None or isinstance(content, str)


def _check_limit(name: str, limit: Any) -> None:
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise BadRequest(f"{name} must be a whole number of at least 1.", param=name)
