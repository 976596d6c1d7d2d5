"""The client against a real provider process, for every way an answer can come or fail to come."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from loom_app.providers.chat import ChatRequest, Timeouts, Usage
from loom_app.providers.client import ProviderClient
from loom_app.providers.errors import ProviderError
from tests.support.provider_process import ProviderProcess

TEXT = 'Ünïcode → "quoted" 🧵 {"actions": []}'


def ask(**changes: Any) -> ChatRequest:
    return ChatRequest(**{"model": "test-model", "messages": [{"role": "user", "content": "Hello there"}], **changes})


@pytest.fixture
async def client(provider_process: ProviderProcess) -> AsyncIterator[ProviderClient]:
    async with ProviderClient(provider_process.url, "secret-key", timeouts=Timeouts(2, 5, 10)) as opened:
        yield opened


async def failure(client: ProviderClient, **changes: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await client.chat(ask(**changes))
    return caught.value


async def test_streams_text_with_reported_usage(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.script({"reply": TEXT})
    heard: list[str] = []
    reply = await client.chat(ask(), heard.append)
    assert reply.text == TEXT == "".join(heard)
    assert len(heard) > 2
    assert reply.finish_reason == "stop"
    assert not reply.estimated
    sent = provider_process.log()[0]
    assert reply.usage == Usage(sent["usage"]["prompt_tokens"], 0, sent["usage"]["completion_tokens"], 0)
    assert reply.first_token_ms is not None
    assert reply.first_token_ms <= reply.latency_ms
    assert reply.request_id == f"chatcmpl-{sent['request_id']}"
    assert sent["headers"]["authorization"] == "Bearer secret-key"
    assert sent["body"]["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    "oddity",
    [
        {"split_utf8": True},
        {"crlf": True},
        {"no_space": True},
        {"keepalive": True},
        {"no_done": True},
        {"no_finish": True},
        {"stream": False},
        {"piece": 10_000},
        {"crlf": True, "split_utf8": True, "keepalive": True},
    ],
    ids=str,
)
async def test_reads_every_legal_form(
    client: ProviderClient, provider_process: ProviderProcess, oddity: dict[str, Any]
) -> None:
    provider_process.script({"reply": TEXT, **oddity})
    reply = await client.chat(ask())
    assert (reply.text, reply.finish_reason, reply.estimated) == (TEXT, "stop", False)


async def test_an_answer_in_one_piece_has_no_first_token_time(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    provider_process.script({"reply": TEXT, "stream": False})
    assert (await client.chat(ask())).first_token_ms is None


async def test_missing_usage_is_estimated_and_says_so(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    provider_process.script({"reply": "x" * 41, "no_usage": True})
    reply = await client.chat(ask())
    assert reply.estimated
    assert reply.usage == Usage(input=3, output=11)


async def test_reasoning_is_counted_but_no_part_of_the_text(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 60},
        "completion_tokens_details": {"reasoning_tokens": 30},
    }
    provider_process.script({"reply": "ok", "reasoning": "thinking hard", "usage": usage})
    reply = await client.chat(ask())
    assert reply.text == "ok"
    assert reply.usage == Usage(100, 60, 50, 30)


async def test_the_answering_model_is_recorded(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.script({"model": "vendor/other"})
    assert (await client.chat(ask(model="unknown"))).model == "vendor/other"


async def test_a_very_long_line_is_read_and_an_endless_one_refused(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    provider_process.script(
        {"reply": "y" * 2_000_000, "piece": 2_000_000}, {"reply": "y" * 5_000_000, "piece": 5_000_000}
    )
    assert len((await client.chat(ask())).text) == 2_000_000
    assert (await failure(client)).kind == "garbage"


@pytest.mark.parametrize("field", ["stream_options", "response_format", "stream"])
async def test_a_refused_field_is_left_out_and_remembered(
    client: ProviderClient, provider_process: ProviderProcess, field: str
) -> None:
    provider_process.config(refuse=[field], idempotency=True)
    provider_process.script({"reply": TEXT, "times": 0})
    request = ask(response_schema={"type": "object"}, idempotency_key="question")
    assert (await client.chat(request)).text == TEXT
    assert (await client.chat(ask(response_schema={"type": "object"}))).text == TEXT
    log = provider_process.log()
    assert [row["status"] for row in log] == [400, 200, 200]
    assert field not in log[1]["body"]
    assert log[0]["headers"]["idempotency-key"] != log[1]["headers"]["idempotency-key"]


async def test_a_replayed_refusal_is_not_believed(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.config(idempotency=True)
    provider_process.script({"status": 401, "body": "invalid api key\n"}, {"reply": "welcome"})
    assert (await failure(client, idempotency_key="question")).kind == "auth"
    assert (await client.chat(ask(idempotency_key="question"))).text == "welcome"
    assert [row["outcome"] for row in provider_process.log()] == ["refused", "replayed", "answered"]


async def test_several_refused_fields_are_learned_one_by_one(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    provider_process.config(refuse=["stream_options", "response_format", "stream", "temperature"])
    reply = await client.chat(ask(response_schema={"type": "object"}, temperature=0.5))
    assert "done" in reply.text
    assert set(provider_process.log()[-1]["body"]) == {"model", "messages"}


async def test_max_tokens_gets_its_newer_name_where_asked(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    complaint = {
        "error": {
            "message": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            "type": "invalid_request_error",
            "param": "max_tokens",
            "code": "unsupported_parameter",
        }
    }
    provider_process.script({"status": 400, "body": complaint}, {"reply": "fine"})
    assert (await client.chat(ask(max_tokens=50))).text == "fine"
    assert provider_process.log()[1]["body"]["max_completion_tokens"] == 50
    assert "max_tokens" not in provider_process.log()[1]["body"]


async def test_an_output_that_does_not_fit_beside_the_prompt_is_asked_for_shorter(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    message = (
        "'max_tokens' is too large: 4096. This model's maximum context length is 2048 tokens and your request has "
        "300 input tokens (4096 > 2048 - 300)."
    )
    provider_process.script({"status": 400, "body": {"object": "error", "message": message}}, {"reply": "fits"})
    assert (await client.chat(ask(max_tokens=4096))).text == "fits"
    assert provider_process.log()[1]["body"]["max_tokens"] == 1747


@pytest.mark.parametrize(
    ("step", "kind", "retryable", "billed"),
    [
        ({"status": 401, "body": "invalid api key\n"}, "auth", False, False),
        ({"status": 403, "body": "insufficient scope\n"}, "auth", False, False),
        ({"status": 429, "body": "rate limit exceeded\n", "retry_after": 1}, "rate_limited", True, False),
        ({"status": 429, "body": "rate limit exceeded\n"}, "rate_limited", True, False),
        (
            {"status": 429, "body": {"error": "monthly budget exceeded", "budget_usd": 5, "spent_usd": 5.01}},
            "budget",
            False,
            False,
        ),
        ({"status": 402, "body": {"error": {"message": "Insufficient credits"}}}, "budget", False, False),
        ({"status": 400, "body": {"error": {"message": "messages is required"}}}, "bad_request", False, False),
        (
            {"status": 404, "body": {"error": {"message": "The model `x` does not exist"}}},
            "model_missing",
            False,
            False,
        ),
        ({"status": 404, "body": "404 page not found"}, "bad_request", False, False),
        ({"status": 302, "headers": {"Location": "http://169.254.169.254/"}}, "bad_request", False, False),
        ({"status": 500, "body": "<html>oops</html>"}, "server", True, False),
        ({"status": 502, "body": {"error": {"message": "all providers failed"}}}, "server", True, False),
        ({"status": 503, "body": {"error": {"message": "Loading model"}}}, "server", True, False),
        ({"status": 504, "body": ""}, "timeout", True, None),
        ({"context_overflow": "llamacpp"}, "context_overflow", False, False),
        ({"context_overflow": "openai"}, "context_overflow", False, False),
        ({"context_overflow": "vllm"}, "context_overflow", False, False),
        ({"garbage": True}, "garbage", True, None),
        ({"garbage": True, "stream": False}, "garbage", True, None),
        ({"nothing": True}, "cut_off", True, None),
        ({"reply": TEXT, "cut_after": 10}, "cut_off", True, None),
        ({"reply": TEXT, "cut_after": 0}, "cut_off", True, None),
        ({"reply": TEXT, "cut_after": 60, "stream": False}, "cut_off", True, None),
        ({"reply": TEXT, "no_finish": True, "no_done": True, "no_usage": True}, "cut_off", True, None),
        ({"error_in_stream": {"message": "CUDA error", "code": 500}}, "server", True, None),
        ({"error_in_stream": {"message": "slow down", "type": "rate_limit_error"}}, "rate_limited", True, None),
        ({"error_in_stream": "plain words"}, "server", True, None),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else str(value),
)
async def test_every_fault_has_its_kind(
    client: ProviderClient,
    provider_process: ProviderProcess,
    step: dict[str, Any],
    kind: str,
    retryable: bool,
    billed: bool | None,
) -> None:
    provider_process.script(step)
    error = await failure(client)
    assert (error.kind, error.retryable, error.billed) == (kind, retryable, billed)
    assert error.retry_after == step.get("retry_after")
    assert f"127.0.0.1:{provider_process.port}" in error.message
    assert error.code == f"provider_{kind}"
    assert error.status == 502
    assert len(provider_process.log()) == 1


async def test_context_overflow_tells_the_sizes(client: ProviderClient, provider_process: ProviderProcess) -> None:
    for dialect in ("llamacpp", "openai", "vllm"):
        provider_process.script({"context_overflow": dialect})
        assert (await failure(client)).extra["context_tokens"] == 4096


async def test_what_came_of_a_cut_answer_is_counted(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.script({"reply": "z" * 100, "cut_after": 40})
    assert (await failure(client)).usage == Usage(input=3, output=10)


async def test_silence_is_a_timeout(provider_process: ProviderProcess) -> None:
    async with ProviderClient(provider_process.url, timeouts=Timeouts(connect=2, idle=0.2, total=5)) as client:
        provider_process.script({"hang": True}, {"reply": TEXT, "hang_after": 10})
        before, amid = await failure(client), await failure(client)
    assert (before.kind, before.retryable, before.billed, before.answered) == ("timeout", True, None, False)
    assert (amid.kind, amid.answered) == ("timeout", True)
    rows = provider_process.wait_for(2, settled=True)
    assert [row["outcome"] for row in rows] == ["client_left", "client_left"]


async def test_a_slow_drip_ends_at_the_total_time(provider_process: ProviderProcess) -> None:
    async with ProviderClient(provider_process.url, timeouts=Timeouts(connect=2, idle=5, total=0.4)) as client:
        provider_process.script({"reply": "drip " * 1000, "piece": 1, "piece_delay": 0.02})
        assert (await failure(client)).kind == "timeout"


async def test_an_answer_that_finished_is_not_lost_by_a_connection_that_hangs(
    provider_process: ProviderProcess,
) -> None:
    async with ProviderClient(provider_process.url, timeouts=Timeouts(connect=2, idle=0.3, total=5)) as client:
        provider_process.script({"reply": TEXT, "hang_at_end": True})
        assert (await client.chat(ask())).text == TEXT


async def test_nobody_listening_is_unreachable(provider_process: ProviderProcess) -> None:
    provider_process.stop()
    async with ProviderClient(provider_process.url) as client:
        error = await failure(client)
        assert (error.kind, error.retryable, error.billed) == ("unreachable", True, False)
        assert "connection refused" in error.message
        with pytest.raises(ProviderError, match="cannot be reached"):
            await client.models()


async def test_an_unknown_name_is_unreachable() -> None:
    async with ProviderClient("http://no-such-host.invalid:1234") as client:
        assert (await failure(client)).kind == "unreachable"


async def test_cancelling_leaves_at_once(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.script({"hang": True})
    task = asyncio.create_task(client.chat(ask()))
    await asyncio.to_thread(provider_process.wait_for, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    rows = await asyncio.to_thread(provider_process.wait_for, 1, settled=True)
    assert rows[0]["outcome"] == "client_left"


async def test_the_key_is_in_no_message(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.script({"status": 401, "body": "Incorrect API key provided: secret-key"})
    error = await failure(client)
    assert "secret-key" not in f"{error.message} {error} {error.detail}"


async def test_an_impossible_key_is_a_clear_refusal(provider_process: ProviderProcess) -> None:
    async with ProviderClient(provider_process.url, "kéy\nX-Evil: 1") as client:
        error = await failure(client)
    assert (error.kind, error.retryable) == ("auth", False)


async def test_half_characters_in_a_prompt_do_no_harm(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    await client.chat(ask(messages=[{"role": "user", "content": "half \ud83d é"}]))
    assert provider_process.log()[0]["messages"][0]["content"] == "half ? é"


async def test_lists_models_in_every_form(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.config(
        models=[{"id": "a", "context_length": 8192}, {"id": "b", "max_model_len": 4096}, {"id": "c"}, {"x": 1}, "d"]
    )
    models = await client.models()
    assert [(model.id, model.context_length) for model in models] == [("a", 8192), ("b", 4096), ("c", None)]
    provider_process.config(models=None)
    assert await client.models() == []
    provider_process.config(models_status=503)
    with pytest.raises(ProviderError) as caught:
        await client.models()
    assert caught.value.kind == "server"


async def test_models_that_are_no_list_are_garbage(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.config(models={"a": 1})
    with pytest.raises(ProviderError) as caught:
        await client.models()
    assert caught.value.kind == "garbage"


CALLS = [
    {"id": "call_a", "name": "read_file", "arguments": {"path": "a.py"}},
    {"id": "call_b", "name": "search", "arguments": {"query": 'Ünïcode "x"', "limit": 3}},
]
TOOLS = [{"type": "function", "function": {"name": "read_file", "parameters": {"type": "object"}}}]


@pytest.mark.parametrize(
    "oddity", [{}, {"stream": False}, {"split_utf8": True}, {"numbers": "none"}, {"numbers": "same"}], ids=str
)
async def test_function_calls_are_joined_from_their_fragments(
    client: ProviderClient, provider_process: ProviderProcess, oddity: dict[str, Any]
) -> None:
    provider_process.script({"reply": "", "tool_calls": CALLS, "finish_reason": "tool_calls", **oddity})
    reply = await client.chat(ask(tools=TOOLS, tool_choice="auto"))
    told = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in reply.tool_calls]
    assert told == CALLS
    assert (reply.finish_reason, reply.text) == ("tool_calls", "")
    assert reply.shortfall == "The model called read_file, search and wrote no answer."
    sent = provider_process.log()[0]["body"]
    assert (sent["tools"], sent["tool_choice"]) == (TOOLS, "auto")


@pytest.mark.parametrize("stream", [True, False])
async def test_arguments_that_are_no_json_object_come_with_a_sentence(
    client: ProviderClient, provider_process: ProviderProcess, stream: bool
) -> None:
    broken = [{"id": str(n), "name": "go", "arguments": text} for n, text in enumerate(('{"a": ', "[1]", ""))]
    provider_process.script({"reply": "", "tool_calls": broken, "stream": stream})
    first, second, third = (await client.chat(ask(tools=TOOLS))).tool_calls
    assert (first.arguments, second.arguments, third.arguments) == (None, None, {})
    assert (first.text, third.fault) == ('{"a": ', "")
    assert "the call of go are not JSON" in first.fault
    assert "no JSON object" in second.fault


@pytest.mark.parametrize("stream", [True, False])
async def test_what_an_answer_lacks_is_said_with_what_to_do(
    client: ProviderClient, provider_process: ProviderProcess, stream: bool
) -> None:
    for step, says in (
        ({"reply": "no", "refusal": "I cannot help with that."}, "refused to answer: I cannot help"),
        ({"reply": "half of", "finish_reason": "length"}, "cut off in the middle"),
        ({"reply": "", "finish_reason": "length"}, "before it had written anything"),
        ({"reply": "", "finish_reason": "content_filter"}, "content filter"),
        ({"reply": "", "reasoning": "hmm " * 10}, "40 characters of reasoning and no answer"),
        ({"reply": " "}, "answered nothing"),
    ):
        provider_process.script({**step, "stream": stream})
        assert says in (await client.chat(ask())).shortfall
    provider_process.script({"reply": TEXT, "stream": stream})
    assert (await client.chat(ask())).shortfall == ""


@pytest.mark.parametrize("stream", [True, False])
async def test_another_model_that_answers_is_noticed(
    client: ProviderClient, provider_process: ProviderProcess, stream: bool
) -> None:
    provider_process.config(known_models=["gpt-4o", "test-model"])
    provider_process.script({"reply": TEXT, "stream": stream, "times": 0})
    replies = [await client.chat(ask(model=name)) for name in ("claude-9", "openai/gpt-4o", "")]
    assert [(reply.asked, reply.model) for reply in replies] == [
        ("claude-9", "gpt-4o"),
        ("openai/gpt-4o", "gpt-4o"),
        ("", "gpt-4o"),
    ]


async def test_json_mode_is_asked_for_and_a_server_without_schemas_is_asked_for_less(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    await client.chat(ask(json_mode=True))
    assert provider_process.log()[0]["body"]["response_format"] == {"type": "json_object"}
    complaint = {"error": {"message": "response_format.type 'json_schema' is not supported"}}
    provider_process.script({"status": 400, "body": complaint}, {"reply": "{}"})
    assert (await client.chat(ask(response_schema={"type": "object"}))).text == "{}"
    assert provider_process.log()[-1]["body"]["response_format"] == {"type": "json_object"}


async def test_a_request_too_large_for_the_provider_is_told_like_a_context_too_long(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    error = await failure(client, messages=[{"role": "user", "content": "x" * 10_000_001}])
    assert (error.kind, error.retryable, error.billed) == ("context_overflow", False, False)


async def test_comments_that_keep_the_line_open_are_no_answer(provider_process: ProviderProcess) -> None:
    slow = Timeouts(connect=2, idle=0.4, total=20)
    async with ProviderClient(provider_process.url, timeouts=slow) as client:
        provider_process.script({"reply": TEXT, "only_comments": 40, "comment_delay": 0.05})
        error = await failure(client)
    assert (error.kind, error.answered) == ("timeout", True)
    assert "did not begin to answer for 0.4 seconds" in error.message


async def test_the_first_piece_may_take_longer_than_the_others(provider_process: ProviderProcess) -> None:
    patient = Timeouts(connect=2, idle=0.2, total=20, first_token=10)
    async with ProviderClient(provider_process.url, timeouts=patient) as client:
        provider_process.script({"reply": TEXT, "delay": 0.5}, {"reply": TEXT, "hang_after": 10})
        assert (await client.chat(ask())).text == TEXT
        error = await failure(client)
    assert "sent nothing for 0.2 seconds" in error.message


async def test_an_answer_its_provider_gave_up_is_no_answer(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    provider_process.script({"reply": "half", "finish_reason": "error"})
    error = await failure(client)
    assert (error.kind, error.retryable) == ("cut_off", True)


async def test_many_questions_at_once_keep_apart(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.script(*[{"when": f"question {n}.", "reply": f"answer {n}", "delay": 0.01} for n in range(30)])
    asked = [ask(messages=[{"role": "user", "content": f"question {n}."}]) for n in range(30)]
    replies = await asyncio.gather(*[client.chat(request) for request in asked])
    assert [reply.text for reply in replies] == [f"answer {n}" for n in range(30)]
