"""Tokens as providers report them, read the way each of them counts; estimated where they report nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from loom_app.providers.billed import billed
from loom_app.providers.chat import Message, Usage

CHARACTERS_PER_TOKEN = 4
MOST_TOKENS = 500_000_000
"""A larger count is nonsense and taken for none."""
READ_NAMES = ("prompt_cache_hit_tokens", "cache_read_input_tokens", "num_cached_tokens", "cached_tokens")
"""Where providers put what was read from their cache, beside `prompt_tokens_details.cached_tokens`."""


def usage_in(answer: Mapping[str, Any]) -> Usage | None:
    """The usage a whole answer or a chunk of one reports. Groq puts that of its streams into `x_groq`."""
    return reported_usage(answer.get("usage")) or reported_usage(_mapping(answer.get("x_groq")).get("usage"))


def reported_usage(block: object) -> Usage | None:
    """The usage block of an answer, or None when it holds no counts; one of zeros only is none either."""
    if not isinstance(block, Mapping):
        return None
    found = None
    if {"prompt_tokens", "completion_tokens"} & block.keys():
        found = _chat(block)
    elif {"input_tokens", "output_tokens"} & block.keys():
        found = _responses(block)
    return replace(found, billed=billed(block)) if found is not None and found.total else None


def estimated_usage(messages: Sequence[Message], answer_characters: int, tools: Sequence[Any] = ()) -> Usage:
    """A guess at four characters a token, for providers that report nothing."""
    asked = sum(len(str(message.get("content") or "")) for message in messages)
    called = [message["tool_calls"] for message in messages if message.get("tool_calls")]
    asked += sum(len(json.dumps(part, ensure_ascii=False)) for part in [*called, *tools])
    return Usage(input=_tokens(asked), output=_tokens(answer_characters))


def _chat(block: Mapping[str, Any]) -> Usage:
    """Counts of chat completions. Whether parts are counted in or beside their whole is told by the total.

    Cached input and reasoning are parts of their counts (OpenAI, vLLM, DeepSeek, OpenRouter, Groq). What the total has
    beyond prompt and completion was written by the model and is billed as output (xAI, Gemini), unless it is exactly
    the cached input, which some proxies before Anthropic count beside. A part that exceeds its whole stands beside it.
    """
    prompt, completion, total = _whole(block)
    read, written = _cache(block)
    reasoning = _count(_mapping(block.get("completion_tokens_details")), "reasoning_tokens")
    beyond = total - prompt - completion
    if read + written > prompt or (beyond > 0 and beyond == read + written and reasoning != beyond):
        prompt, beyond = prompt + read + written, 0
    if beyond > 0:
        completion, reasoning = completion + beyond, reasoning or beyond
    elif reasoning > completion and not total:
        completion += reasoning
    return Usage(prompt, read, completion, min(reasoning, completion), written)


def _responses(block: Mapping[str, Any]) -> Usage:
    """Counts of OpenAI's responses, or of Anthropic's messages, which name the cache's tokens beside the input."""
    read, written = _cache(block)
    given, output = _count(block, "input_tokens"), _count(block, "output_tokens")
    reasoning = _count(_mapping(block.get("output_tokens_details")), "reasoning_tokens")
    beside = not {"cache_read_input_tokens", "cache_creation_input_tokens"}.isdisjoint(block)
    if beside or read + written > given:
        given += read + written
    return Usage(given, read, output, min(reasoning, output), written)


def _whole(block: Mapping[str, Any]) -> tuple[int, int, int]:
    """Prompt, completion and total; one of the first two that is missing is what the total leaves."""
    prompt, completion, total = (_count(block, f"{name}_tokens") for name in ("prompt", "completion", "total"))
    if "prompt_tokens" not in block:
        prompt = max(0, total - completion)
    if "completion_tokens" not in block:
        completion = max(0, total - prompt)
    return prompt, completion, total


def _cache(block: Mapping[str, Any]) -> tuple[int, int]:
    """The input's tokens that were read from the provider's cache, and those written into it."""
    details = _mapping(block.get("prompt_tokens_details")) or _mapping(block.get("input_tokens_details"))
    read = _count(details, "cached_tokens") or next(filter(None, (_count(block, name) for name in READ_NAMES)), 0)
    named = [_count(details, "cache_write_tokens"), _count(details, "cache_creation_tokens")]
    return read, next(filter(None, [*named, _count(block, "cache_creation_input_tokens")]), 0)


def _tokens(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_TOKEN)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(block: Mapping[str, Any], name: str) -> int:
    value = block.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return 0
    return int(value) if 0 <= value <= MOST_TOKENS else 0
