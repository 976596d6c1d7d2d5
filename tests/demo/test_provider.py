"""The demo provider as its clients see it: a real process, real HTTP."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
import pytest

from loom_app.demo.provider import MAX_BODY
from loom_app.demo.script import bead_ids, play
from loom_app.providers.chat import ChatRequest
from loom_app.providers.client import ProviderClient

START_SECONDS = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """A provider that answers, and a client for it; both are gone afterwards."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "loom_app.demo.provider", "--port", str(port), *options])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
            wait_for_health(process, client)
            yield process, client
    finally:
        process.kill()
        process.wait()


def wait_for_health(process: subprocess.Popen[bytes], client: httpx.Client) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "the provider ended at once"
        try:
            assert client.get("/healthz").json() == {"status": "ok", "adapters": 1, "models": 1}
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the provider does not answer"
        else:
            return


@pytest.fixture(scope="module")
def provider() -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    with running("--pace", "0") as started:
        yield started


@pytest.fixture
def client(provider: tuple[subprocess.Popen[bytes], httpx.Client]) -> httpx.Client:
    return provider[1]


def asked(bead_id: str, *replies: str) -> list[dict[str, Any]]:
    """A conversation about a bead after some replies."""
    messages = [
        {"role": "system", "content": "You are an engineer. Answer with actions."},
        {"role": "user", "content": f"# Your work\nBead: {bead_id}\nTitle: something"},
    ]
    for reply in replies:
        messages += [{"role": "assistant", "content": reply}, {"role": "user", "content": "## Action Results"}]
    return messages


def complete(client: httpx.Client, messages: Any, **more: Any) -> httpx.Response:
    return client.post("/v1/chat/completions", json={"model": "loom-demo", "messages": messages, **more})


def text_of(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    return str(response.json()["choices"][0]["message"]["content"])


def events_of(response: httpx.Response) -> list[Any]:
    """The data of a stream's events, without the end mark, which must be there."""
    assert response.headers["content-type"].startswith("text/event-stream")
    blocks = response.text.split("\n\n")
    assert blocks.pop() == ""
    assert all(block.startswith("data: ") for block in blocks)
    assert blocks.pop() == "data: [DONE]"
    return [json.loads(block.removeprefix("data: ")) for block in blocks]


def test_it_lists_its_one_model(client: httpx.Client) -> None:
    answer = client.get("/v1/models").json()
    assert answer["object"] == "list"
    assert [(model["id"], model["object"], model["owned_by"]) for model in answer["data"]] == [
        ("loom-demo", "model", "demo")
    ]


@pytest.mark.parametrize("bead_id", sorted(bead_ids()))
def test_it_plays_each_bead_turn_by_turn(client: httpx.Client, bead_id: str) -> None:
    replies: list[str] = []
    for turn in play(bead_id):
        reply = text_of(complete(client, asked(bead_id, *replies)))
        assert json.loads(reply) == {"actions": list(turn.actions), "notes": turn.notes}
        replies.append(reply)
    beyond = json.loads(text_of(complete(client, asked(bead_id, *replies))))
    assert [action["type"] for action in beyond["actions"]] == ["escalate_ceo"]
    assert "said everything" in beyond["actions"][0]["reason"]


def test_it_remembers_nothing(client: httpx.Client) -> None:
    first, again = (text_of(complete(client, asked("demo-k3wa"))) for _ in range(2))
    assert first == again


def test_the_shape_of_a_whole_answer(client: httpx.Client) -> None:
    answer = complete(client, asked("demo-k3wa")).json()
    assert answer["object"] == "chat.completion"
    assert answer["id"].startswith("chatcmpl-")
    assert answer["model"] == "loom-demo"
    assert abs(answer["created"] - time.time()) < 60
    (choice,) = answer["choices"]
    assert (choice["index"], choice["message"]["role"], choice["finish_reason"]) == (0, "assistant", "stop")


def test_usage_follows_from_the_text(client: httpx.Client) -> None:
    messages = [{"role": "user", "content": "x" * 399 + " ok"}, {"role": "assistant", "content": "ok"}]
    messages.append({"role": "user", "content": "Once more: ok?"})
    usage = complete(client, messages).json()["usage"]
    assert usage == {
        "prompt_tokens": 101 + 1 + 4,
        "completion_tokens": 1,
        "total_tokens": 107,
        "prompt_tokens_details": {"cached_tokens": 101},
    }


def test_a_stream_adds_up_to_the_whole_answer(client: httpx.Client) -> None:
    whole = complete(client, asked("demo-n9gl")).json()
    events = events_of(complete(client, asked("demo-n9gl"), stream=True))
    assert {event["object"] for event in events} == {"chat.completion.chunk"}
    assert len({event["id"] for event in events}) == 1
    assert events[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    text = "".join(event["choices"][0]["delta"].get("content", "") for event in events)
    assert text == whole["choices"][0]["message"]["content"]
    assert [event["choices"][0]["finish_reason"] for event in events[-2:]] == [None, "stop"]
    assert not any("usage" in event for event in events)


def test_a_stream_tells_its_usage_when_asked(client: httpx.Client) -> None:
    whole = complete(client, asked("demo-n9gl")).json()
    *events, last = events_of(complete(client, asked("demo-n9gl"), stream=True, stream_options={"include_usage": True}))
    assert all(event["usage"] is None for event in events)
    assert (last["choices"], last["usage"]) == ([], whole["usage"])


async def test_looms_own_client_understands_it(client: httpx.Client) -> None:
    messages = asked("demo-n9gl", play("demo-n9gl")[0].reply())
    async with ProviderClient(str(client.base_url)) as loom:
        assert [(model.id, model.context_length) for model in await loom.models()] == [("loom-demo", 131_072)]
        heard: list[str] = []
        reply = await loom.chat(ChatRequest("loom-demo", messages, max_tokens=4096), heard.append)
    assert reply.text == "".join(heard) == play("demo-n9gl")[1].reply()
    assert (reply.model, reply.finish_reason, reply.estimated) == ("loom-demo", "stop", False)
    assert reply.usage is not None
    assert 0 < reply.usage.cached_input < reply.usage.input
    assert reply.first_token_ms is not None


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_a_token_limit_cuts_the_answer_and_says_so(client: httpx.Client, field: str) -> None:
    answer = complete(client, asked("demo-k3wa"), **{field: 10}).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert len(answer["choices"][0]["message"]["content"]) == 40
    assert answer["usage"]["completion_tokens"] == 10
    assert complete(client, asked("demo-k3wa"), **{field: 4096}).json()["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    "line",
    ["Bead: demo-k3wa", "**Bead:** demo-k3wa", "- Bead: `demo-k3wa` (bug)", "bead: demo-k3wa.", "## Bead: demo-k3wa"],
)
def test_the_bead_is_found_however_the_prompt_writes_it(client: httpx.Client, line: str) -> None:
    expected = play("demo-k3wa")[0].reply()
    assert text_of(complete(client, [{"role": "system", "content": f"You are Ada.\n{line}\nGo."}])) == expected
    parts = [{"type": "text", "text": "Now."}, {"type": "text", "text": line}]
    assert text_of(complete(client, [{"role": "user", "content": parts}])) == expected


def test_a_bead_mentioned_later_is_not_the_bead_at_work(client: httpx.Client) -> None:
    messages = [*asked("demo-k3wa", "{}"), {"role": "user", "content": "Bead: demo-t5sp"}]
    assert text_of(complete(client, messages)) == play("demo-k3wa")[1].reply()


def test_the_task_decides_not_what_a_persona_says_about_beads(client: httpx.Client) -> None:
    system, task = asked("demo-k3wa")
    system["content"] += "\nBead: the-one-you-are-given"
    assert text_of(complete(client, [system, task])) == play("demo-k3wa")[0].reply()


def test_an_unknown_bead_is_escalated_honestly(client: httpx.Client) -> None:
    reply = json.loads(text_of(complete(client, asked("demo-9999"))))
    (action,) = reply["actions"]
    assert (action["type"], action["bead_id"]) == ("escalate_ceo", "demo-9999")
    assert "plays its eight prepared beads" in action["reason"]
    assert "real provider" in action["reason"]


def test_a_plain_question_gets_a_plain_answer(client: httpx.Client) -> None:
    question = [{"role": "user", "content": "Reply with the word ok."}]
    assert text_of(complete(client, question)) == "ok"
    other = text_of(complete(client, [{"role": "user", "content": "What is the weather?"}]))
    assert "demo model" in other
    as_json = complete(client, question, response_format={"type": "json_object"})
    assert json.loads(text_of(as_json))["actions"][0]["type"] == "escalate_ceo"


MESSAGE = {"role": "user", "content": "ok?"}


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        (b"{not json", 400, None),
        (b"\xff\xfe", 400, None),
        (b"", 400, None),
        (b"[" * 100_000, 400, None),
        ([], 400, None),
        ({"messages": [MESSAGE]}, 400, "model"),
        ({"model": 7, "messages": [MESSAGE]}, 400, "model"),
        ({"model": "gpt-7", "messages": [MESSAGE]}, 404, "model"),
        ({"model": "loom-demo"}, 400, "messages"),
        ({"model": "loom-demo", "messages": []}, 400, "messages"),
        ({"model": "loom-demo", "messages": "ok"}, 400, "messages"),
        ({"model": "loom-demo", "messages": ["ok"]}, 400, "messages[0]"),
        ({"model": "loom-demo", "messages": [MESSAGE, {"role": "king", "content": ""}]}, 400, "messages[1]"),
        ({"model": "loom-demo", "messages": [{"role": "user", "content": 5}]}, 400, "messages[0].content"),
        ({"model": "loom-demo", "messages": [{"role": "user", "content": [5]}]}, 400, "messages[0].content"),
        ({"model": "loom-demo", "messages": [MESSAGE], "max_tokens": 0}, 400, "max_tokens"),
        ({"model": "loom-demo", "messages": [MESSAGE], "max_tokens": "9"}, 400, "max_tokens"),
        ({"model": "loom-demo", "messages": [MESSAGE], "n": 2}, 400, "n"),
        ({"model": "loom-demo", "messages": [MESSAGE], "stream": "yes"}, 400, "stream"),
        ({"model": "loom-demo", "messages": [MESSAGE], "response_format": "json"}, 400, "response_format"),
        ({"model": "loom-demo", "messages": [MESSAGE], "stream_options": 1}, 400, "stream_options"),
    ],
)
def test_bad_requests_are_refused_in_openais_shape(
    client: httpx.Client, body: Any, status: int, param: str | None
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body)
    answer = client.post("/v1/chat/completions", content=content)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert len(error["message"]) > 15


def test_wrong_paths_and_methods_are_named(client: httpx.Client) -> None:
    assert client.get("/v1/engines").status_code == 404
    wrong = client.get("/v1/chat/completions")
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "POST"
    assert "GET /v1/chat/completions" in wrong.json()["error"]["message"]


def test_a_body_without_end_is_refused(client: httpx.Client) -> None:
    answer = client.post("/v1/chat/completions", content=b" " * (MAX_BODY + 1))
    assert answer.status_code == 413


def test_it_stays_small(provider: tuple[subprocess.Popen[bytes], httpx.Client]) -> None:
    process, client = provider
    for bead_id in sorted(bead_ids()):
        complete(client, asked(bead_id))
    whole = psutil.Process(process.pid)
    used = sum(each.memory_info().rss for each in (whole, *whole.children(recursive=True)))
    assert used < 60_000_000


def test_it_writes_at_its_pace_and_stops_in_the_middle() -> None:
    body = {"model": "loom-demo", "messages": asked("demo-c8li"), "stream": True}
    with (
        running("--pace", "100") as (process, client),
        client.stream("POST", "/v1/chat/completions", json=body) as answer,
    ):
        lines = answer.iter_lines()
        assert '"content": ""' in next(lines)
        began = time.monotonic()
        assert [next(lines), "actions" in next(lines)] == ["", True]
        assert time.monotonic() - began > 0.3
        process.terminate()
        stopped = time.monotonic()
        assert process.wait(5) == 0
        assert time.monotonic() - stopped < 1.5


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--port", "1", "--host", "0.0.0.0"), 2, "not a loopback address"),
        (("--port", "1", "--host", "example.com"), 2, "not a loopback address"),
        (("--port", "99999"), 1, "cannot listen"),
        ((), 2, "--port"),
    ],
)
def test_what_it_cannot_do_is_one_sentence(options: tuple[str, ...], code: int, words: str) -> None:
    command = [sys.executable, "-m", "loom_app.demo.provider", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_said(client: httpx.Client) -> None:
    command = [sys.executable, "-m", "loom_app.demo.provider", "--port", str(client.base_url.port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, "already in use" in done.stderr) == (1, True)
