"""The client against a real model server. The model is too small to be clever; what must hold is the protocol."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest

from loom_app.actions.faults import ReplyError
from loom_app.actions.parsing import parse_reply
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.providers import health, service
from loom_app.providers.chat import ChatRequest
from loom_app.providers.client import ProviderClient
from loom_app.providers.errors import ProviderError
from loom_app.providers.schemas import ProviderDraft
from tests.support.llama import CONTEXT_TOKENS, MODEL_NAME, llama_server, why_missing

pytestmark = [pytest.mark.llm, pytest.mark.skipif(bool(why_missing()), reason=why_missing() or "present")]

DONE_SCHEMA = {
    "type": "object",
    "properties": {
        "actions": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "properties": {"type": {"const": "done"}, "reason": {"type": "string", "maxLength": 40}},
                "required": ["type", "reason"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["actions"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with llama_server() as url:
        yield url


@pytest.fixture
async def client(address: str) -> AsyncIterator[ProviderClient]:
    async with ProviderClient(address) as opened:
        yield opened


def ask(text: str, **changes: object) -> ChatRequest:
    messages = [{"role": "user", "content": text}]
    return ChatRequest(**{"model": MODEL_NAME, "messages": messages, "temperature": 0.0, "max_tokens": 24, **changes})  # type: ignore[arg-type]


async def test_it_lists_its_model_with_the_real_context(client: ProviderClient) -> None:
    (model,) = await client.models()
    assert (model.id, model.context_length) == (MODEL_NAME, CONTEXT_TOKENS)


async def test_it_streams_text_and_reports_usage(client: ProviderClient) -> None:
    heard: list[str] = []
    reply = await client.chat(ask("Count from one to five."), heard.append)
    assert reply.text
    assert "".join(heard) == reply.text
    assert len(heard) > 1
    assert reply.finish_reason in {"stop", "length"}
    assert not reply.estimated
    assert reply.usage is not None
    assert 0 < reply.usage.output <= 24
    assert 5 < reply.usage.input < 100
    assert reply.first_token_ms is not None
    assert client.dialect.refused == set()


async def test_an_answer_cut_by_max_tokens_says_so(client: ProviderClient) -> None:
    reply = await client.chat(ask("Tell a very long story.", max_tokens=3))
    assert (reply.finish_reason, reply.usage and reply.usage.output) == ("length", 3)


async def test_a_schema_makes_replies_that_can_be_acted_on(client: ProviderClient) -> None:
    reply = await client.chat(ask("Reply with JSON: you are done.", response_schema=DONE_SCHEMA, max_tokens=100))
    assert json.loads(reply.text)["actions"][0]["type"] == "done"
    assert [action.name for action in parse_reply(reply.text).actions] == ["done"]


async def test_prose_is_a_reply_that_cannot_be_acted_on(client: ProviderClient) -> None:
    reply = await client.chat(ask("What is the capital of France?"))
    with pytest.raises(ReplyError):
        parse_reply(reply.text)


async def test_too_long_a_conversation_is_recognised(client: ProviderClient) -> None:
    with pytest.raises(ProviderError) as caught:
        await client.chat(ask("many words " * 2000))
    error = caught.value
    assert (error.kind, error.retryable, error.billed) == ("context_overflow", False, False)
    assert error.extra["context_tokens"] == CONTEXT_TOKENS
    assert error.extra["prompt_tokens"] > CONTEXT_TOKENS


async def test_a_schema_the_server_cannot_read_is_left_out(client: ProviderClient) -> None:
    reply = await client.chat(ask("Say hello.", response_schema={"type": "no such type"}))
    assert reply.text
    assert client.dialect.refused == {"response_format"}


async def test_the_real_server_passes_the_check(db: Database, vault: Vault, address: str) -> None:
    async with db.write() as tx:
        await service.register(tx, ProviderDraft(id="llama", endpoint=address), vault=vault, actor=SYSTEM)
    checked = await health.check(db, vault, "llama")
    assert (checked.status, checked.model, checked.context_window) == ("active", MODEL_NAME, CONTEXT_TOKENS)
    assert (await health.heartbeat(db, vault, "llama")).status == "healthy"
