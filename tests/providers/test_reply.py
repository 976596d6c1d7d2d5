"""Answers put together from odd but real pieces."""

import json
from typing import Any

import pytest

from loom_app.providers.chat import Usage
from loom_app.providers.errors import ProviderError, fault_in_answer, refusal_of
from loom_app.providers.reply import ReplyBuilder

ANTHROPIC: list[dict[str, Any]] = [
    {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "model": "claude-sonnet",
            "usage": {
                "input_tokens": 25,
                "cache_read_input_tokens": 100,
                "cache_creation_input_tokens": 10,
                "output_tokens": 1,
            },
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hmm"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Hel"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "lo"}},
    {"type": "content_block_stop", "index": 1},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 15}},
    {"type": "message_stop"},
]


def build(events: list[dict[str, Any]]) -> ReplyBuilder:
    reply = ReplyBuilder("host")
    for event in events:
        reply.event(json.dumps(event))
    return reply


def test_anthropic_events_that_tokenhub_passes_through() -> None:
    reply = build(ANTHROPIC)
    assert (reply.text, reply.finish_reason, reply.done, reply.model, reply.id) == (
        "Hello",
        "stop",
        True,
        "claude-sonnet",
        "msg_1",
    )
    assert reply.usage == Usage(input=135, cached_input=100, output=15, cache_write=10)
    assert reply.reasoning_characters == 3


def test_anthropic_function_calls() -> None:
    begin = {"type": "content_block_start", "index": 1}
    block = {"type": "tool_use", "id": "toolu_1", "name": "go", "input": {}}
    pieces = [
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": part}}
        for part in ('{"to": ', '"here"}')
    ]
    stop = {"type": "message_delta", "delta": {"stop_reason": "tool_use"}}
    reply = build([{**begin, "content_block": block}, *pieces, stop])
    (call,) = reply.tool_calls.finished()
    assert (call.id, call.name, call.arguments) == ("toolu_1", "go", {"to": "here"})
    assert reply.finish_reason == "tool_calls"


def test_the_older_form_of_a_function_call() -> None:
    parts = [{"name": "go", "arguments": ""}, {"arguments": '{"a"'}, {"arguments": ": 1}"}]
    reply = build([{"choices": [{"delta": {"function_call": part}}]} for part in parts])
    assert [(call.name, call.arguments) for call in reply.tool_calls.finished()] == [("go", {"a": 1})]


def test_an_anthropic_stream_that_breaks_off_has_not_ended() -> None:
    assert not build(ANTHROPIC[:6]).ended


def test_anthropic_faults_are_faults() -> None:
    with pytest.raises(ProviderError) as caught:
        build([{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}])
    assert (caught.value.kind, caught.value.retryable) == ("rate_limited", True)


def test_content_in_parts_and_only_the_first_choice() -> None:
    reply = build(
        [
            {"choices": [{"index": 1, "delta": {"content": "no"}}]},
            {"choices": [{"index": 0, "delta": {"content": [{"type": "text", "text": "a"}, {"type": "x"}]}}]},
            {"choices": [{"index": 0, "delta": {"content": None, "reasoning": "r"}}], "usage": None},
            {"choices": None},
            {"choices": [None, 3, {"index": 0, "delta": None}]},
            {"choices": [{"delta": {"content": "b"}, "finish_reason": "length"}]},
        ]
    )
    assert (reply.text, reply.finish_reason, reply.reasoning_characters) == ("ab", "length", 1)


@pytest.mark.parametrize("event", ["[]", "null", "7", "{", '{"a":', "[" * 100_000])
def test_events_that_are_no_objects_are_garbage(event: str) -> None:
    with pytest.raises(ProviderError) as caught:
        ReplyBuilder("host").event(event)
    assert caught.value.kind == "garbage"


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": "x"}, {"object": "list"}])
def test_a_whole_answer_needs_a_choice(answer: dict[str, Any]) -> None:
    with pytest.raises(ProviderError) as caught:
        ReplyBuilder("host").whole(answer)
    assert caught.value.kind == "garbage"


def test_a_success_that_holds_an_error_is_one() -> None:
    with pytest.raises(ProviderError) as caught:
        ReplyBuilder("host").whole({"error": {"message": "context_length_exceeded", "code": 400}})
    assert caught.value.kind == "context_overflow"


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, '{"error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}', "context_overflow"),
        (413, "input is too long for requested model", "context_overflow"),
        (500, '{"error":{"message":"the request exceeds the available context size"}}', "context_overflow"),
        (429, '{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}', "budget"),
        (429, '{"error":{"message":"Too many tokens per minute"}}', "rate_limited"),
        (404, '{"error":{"code":"model_not_found","message":"The model gpt-9 does not exist"}}', "model_missing"),
        (400, '{"error":{"message":"gpt-9 is not a valid model ID"}}', "model_missing"),
        (422, '{"detail":[{"msg":"field required"}]}', "bad_request"),
        (529, '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', "rate_limited"),
        (409, "busy", "server"),
        (520, "", "server"),
        (400, '[{"error": {"message": "in a list"}}]', "bad_request"),
        (400, "[]", "bad_request"),
        (400, "\x00\xff", "bad_request"),
    ],
)  # fmt: skip
def test_refusals_are_told_apart(status: int, text: str, kind: str) -> None:
    error = refusal_of("host:1", status, {}, text)
    assert error.kind == kind
    assert error.message.startswith("host:1 ")
    assert error.answered is (status < 500)


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("5", 5, 5),
        ("0.5", 0.5, 0.5),
        ("-3", 0, 0),
        ("99999999", 86_400, 86_400),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 86_400, 86_400),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(header: str, low: float, high: float) -> None:
    wait = refusal_of("host", 429, {"retry-after": header}, "").retry_after
    assert wait is not None
    assert low <= wait <= high


@pytest.mark.parametrize("header", ["soon", "nan", "", "inf-inf"])
def test_an_unreadable_retry_after_is_none(header: str) -> None:
    assert refusal_of("host", 429, {"retry-after": header}, "").retry_after is None


def test_long_and_html_bodies_do_not_flood_the_sentence() -> None:
    assert len(refusal_of("host", 400, {}, "x" * 100_000).message) < 600
    assert "<html>" not in refusal_of("host", 502, {}, "<html>bad gateway</html>").message
    assert len(fault_in_answer("host", {"message": "y" * 100_000}).message) < 600
