"""How one scripted step looks on the wire: JSON answers, event streams, and the ways they go wrong."""

import json
import time
from collections.abc import Iterator
from typing import Any

from tests.support.provider_script import tokens_of

OVERFLOWS: dict[str, dict[str, Any]] = {
    "llamacpp": {
        "error": {
            "code": 400,
            "message": "request (9000 tokens) exceeds the available context size (4096 tokens)",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 9000,
            "n_ctx": 4096,
        }
    },
    "openai": {
        "error": {
            "message": "This model's maximum context length is 4096 tokens. Your messages came to 9000.",
            "type": "invalid_request_error",
            "param": "messages",
            "code": "context_length_exceeded",
        }
    },
    "vllm": {
        "object": "error",
        "message": "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens.",
        "type": "BadRequestError",
        "param": None,
        "code": 400,
    },
}


def usage_of(step: dict[str, Any], body: dict[str, Any], reply: str) -> dict[str, Any] | None:
    """The usage block of an answer, or None when the step hides it."""
    if step.get("no_usage"):
        return None
    if "usage" in step:
        return dict(step["usage"])
    prompt = sum(tokens_of(json.dumps(message)) for message in body.get("messages") or [])
    completion = tokens_of(reply)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def envelope(entry: dict[str, Any], model: str, kind: str) -> dict[str, Any]:
    """The head every completion object shares."""
    return {"id": f"chatcmpl-{entry['request_id']}", "object": kind, "created": int(time.time()), "model": model}


def completion(
    entry: dict[str, Any], step: dict[str, Any], reply: str, model: str, usage: dict[str, Any] | None
) -> dict[str, Any]:
    """A whole answer, not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": reply}
    if "reasoning" in step:
        message["reasoning_content"] = step["reasoning"]
    if "refusal" in step:
        message |= {"content": None, "refusal": step["refusal"]}
    if "tool_calls" in step:
        message |= {"content": reply or None, "tool_calls": [tool_call(call) for call in step["tool_calls"]]}
    choice = {"index": 0, "message": message, "finish_reason": step.get("finish_reason", "stop")}
    answer = envelope(entry, model, "chat.completion") | {"choices": [choice]}
    return answer | ({"usage": usage} if usage is not None else {})


def deltas(step: dict[str, Any], reply: str) -> Iterator[dict[str, Any]]:
    """The pieces of a streamed reply; they end early where the step cuts the line."""
    yield {"role": "assistant", "content": ""}
    if "reasoning" in step:
        yield {"reasoning_content": step["reasoning"]}
    if "refusal" in step:
        for word in step["refusal"].split(" "):
            yield {"refusal": f"{word} "}
    yield from tool_fragments(step)
    size = int(step.get("piece", 8))
    end = min([len(reply), *[int(step[name]) for name in ("cut_after", "hang_after") if name in step]])
    for start in range(0, end, size):
        yield {"content": reply[start : min(start + size, end)]}


def tool_call(call: dict[str, Any]) -> dict[str, Any]:
    """One call as a whole answer shows it."""
    given = call["arguments"]
    arguments = given if isinstance(given, str) else json.dumps(given)
    return {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": arguments}}


def tool_fragments(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The calls of a step, three characters of arguments a chunk; parallel ones in turns, as the step likes it.

    `numbers` "none" leaves the numbers out, "same" gives all calls number 0.
    """
    left = []
    for number, call in enumerate(step.get("tool_calls") or []):
        whole = tool_call(call)
        arguments = whole["function"]["arguments"]
        where = {} if step.get("numbers") == "none" else {"index": 0 if step.get("numbers") == "same" else number}
        yield {"tool_calls": [{**where, **whole, "function": {**whole["function"], "arguments": ""}}]}
        pieces = [arguments[start : start + 3] for start in range(0, len(arguments), 3)]
        left.append([{**where, "function": {"arguments": piece}} for piece in pieces])
        if step.get("numbers"):  # without numbers only one call at a time can be told from the next
            yield from ({"tool_calls": [piece]} for piece in left.pop())
    while any(left):
        yield {"tool_calls": [pieces.pop(0) for pieces in left if pieces]}


def comments(step: dict[str, Any]) -> Iterator[bytes]:
    """What keeps the line open before a piece."""
    for _ in range(int(step.get("only_comments", 1 if step.get("keepalive") else 0))):
        time.sleep(step.get("comment_delay", 0))
        yield b": keepalive\n\n"


def events(
    entry: dict[str, Any], step: dict[str, Any], reply: str, model: str, usage: dict[str, Any] | None
) -> Iterator[bytes]:
    """A streamed answer as server-sent events, one `bytes` per event."""
    head = envelope(entry, model, "chat.completion.chunk")

    def event(payload: Any) -> bytes:
        text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        line_end = "\r\n" if step.get("crlf") else "\n"
        return f"data:{'' if step.get('no_space') else ' '}{text}{line_end}{line_end}".encode()

    for delta in deltas(step, reply):
        yield from comments(step)
        yield event(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    if "cut_after" in step or "hang_after" in step:
        return
    if "error_in_stream" in step:
        yield event({"error": step["error_in_stream"]})
        return
    if step.get("garbage"):
        yield event("{this is not JSON")
    if not step.get("no_finish"):
        finish = step.get("finish_reason", "stop")
        yield event(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage is not None:
        yield event(head | {"choices": [], "usage": usage})
    if not step.get("no_done"):
        yield event("[DONE]")
