"""In which form models are asked for actions."""

import json
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.providers import formats, service
from loom_app.providers.dialect import refuses_tools
from loom_app.providers.errors import refusal_of, without_tools
from loom_app.providers.models import ActionFormat, Provider
from tests.support import rows
from tests.support.provider_process import ProviderProcess

URL = "/api/v1/providers"
WHY = "It answered in words."


def provider(model: str, **fields: Any) -> Provider:
    return Provider(id="hub", name="Hub", endpoint="http://127.0.0.1:9/v1", model=model, **fields)


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("", ActionFormat.ENVELOPE),
        ("house-model", ActionFormat.ENVELOPE),
        ("loom-demo", ActionFormat.ENVELOPE),
        ("SmolLM2-135M-Instruct", ActionFormat.SIMPLE),
        ("qwen2.5-coder:7b", ActionFormat.SIMPLE),
        ("gemma-3-27b-it", ActionFormat.ENVELOPE),
        ("openai/gpt-5-mini", ActionFormat.TOOLS),
        ("claude-sonnet-4-5-20250929", ActionFormat.TOOLS),
        ("qwen3-coder-480b-a35b-instruct", ActionFormat.TOOLS),
        ("Llama-3.3-70B-Instruct", ActionFormat.TOOLS),
        ("Llama-3.3-70B", ActionFormat.ENVELOPE),
        ("llama-3-70b-instruct", ActionFormat.ENVELOPE),
        ("deepseek-r1", ActionFormat.ENVELOPE),
        ("deepseek-v3.1", ActionFormat.TOOLS),
    ],
)
def test_small_models_are_asked_for_one_action_at_a_time(model: str, wanted: ActionFormat) -> None:
    assert formats.choose(provider(model), now()).format == wanted


def test_what_a_person_chose_is_taken_and_what_did_not_do_is_left_for_a_week() -> None:
    chosen = provider("gemma-3-27b-it", action_format=ActionFormat.SIMPLE)
    assert formats.choose(chosen, now()) == formats.Choice(ActionFormat.SIMPLE, "A person chose it.")
    known = {"why": WHY, "at": now().isoformat(), "model": "house-model"}
    tried = provider("house-model", refused_formats={"envelope": known})
    choice = formats.choose(tried, now())
    assert (choice.format, WHY in choice.why) == (ActionFormat.SIMPLE, True)
    assert formats.choose(tried, now() + timedelta(days=8)).format == ActionFormat.ENVELOPE
    tried.model = "another"
    assert formats.choose(tried, now()).format == ActionFormat.ENVELOPE


def test_functions_are_offered_where_the_context_has_room_for_them() -> None:
    assert formats.choose(provider("gpt-5", context_window=8_192), now()).format == ActionFormat.ENVELOPE
    assert formats.choose(provider("gpt-5", context_window=128_000), now()).format == ActionFormat.TOOLS


async def test_a_form_that_did_not_do_is_remembered(db: Database) -> None:
    provider_id = await rows.provider(db)
    async with db.write() as tx:
        await formats.refuse(tx, provider_id, ActionFormat.ENVELOPE, f"{WHY}\n" * 200)
        await formats.refuse(tx, "gone", ActionFormat.ENVELOPE, WHY)
    async with db.read() as tx:
        kept = (await service.get(tx, provider_id)).refused_formats["envelope"]
    assert (kept["model"], len(kept["why"]) <= formats.MOST_WHY) == ("m", True)


async def test_people_choose_a_form_and_see_which_is_used_and_why(
    client: AsyncClient, provider_process: ProviderProcess, db: Database
) -> None:
    draft = {"id": "hub", "endpoint": provider_process.root, "model": "test-model"}
    made = (await client.post(URL, json=draft)).json()
    assert (made["action_format"], made["format_in_use"], made["refused_formats"]) == ("auto", "envelope", {})
    async with db.write() as tx:
        await formats.refuse(tx, "hub", ActionFormat.ENVELOPE, WHY)
    told = (await client.get(f"{URL}/hub")).json()
    assert (told["format_in_use"], told["refused_formats"]["envelope"]["why"]) == ("simple", WHY)
    assert WHY in told["format_reason"]
    chosen = (await client.put(f"{URL}/hub", json={"action_format": "envelope"})).json()
    assert (chosen["action_format"], chosen["format_in_use"], chosen["refused_formats"]) == ("envelope", "envelope", {})
    assert (await client.put(f"{URL}/hub", json=chosen)).status_code == 200
    assert (await client.put(f"{URL}/hub", json={"action_format": "morse"})).status_code == 422


REFUSALS: dict[str, tuple[int, Any]] = {
    "ollama": (400, {"error": {"message": "registry.ollama.ai/library/gemma:2b does not support tools"}}),
    "vllm": (400, {"object": "error", "message": '"auto" tool choice requires --enable-auto-tool-choice to be set'}),
    "llamacpp": (500, {"error": {"code": 500, "message": "tools param requires --jinja flag", "type": "server_error"}}),
    "openrouter": (404, {"error": {"message": "No endpoints found that support tool use.", "code": 404}}),
    "strict": (422, {"detail": [{"loc": ["body", "tools"], "msg": "Extra inputs are not permitted"}]}),
    "model": (400, {"error": {"message": "The model gpt-5: function calling is not supported"}}),
    "roles": (400, {"error": {"message": "Unexpected role 'tool' after role 'user'"}}),
    "text": (400, "unknown field: tools"),
}


@pytest.mark.parametrize("kind", list(REFUSALS))
def test_refusals_of_functions_are_known_by_their_words(kind: str) -> None:
    status, body = REFUSALS[kind]
    error = refusal_of("h", status, {}, body if isinstance(body, str) else json.dumps(body))
    assert refuses_tools(error)
    without_tools(error)
    assert (error.kind, error.code, error.retryable) == ("no_tools", "provider_no_tools", False)
    assert error.message.endswith("Choose another form of actions for the provider.")
    assert "address" not in error.message


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "no such deployment"), (429, "too many tools"), (500, "the tools crashed"), (401, "tools"),
        (400, "maximum context length: tools"),
    ],
)  # fmt: skip
def test_other_faults_are_not_taken_for_a_refusal_of_functions(status: int, text: str) -> None:
    assert not refuses_tools(refusal_of("h", status, {}, text))
