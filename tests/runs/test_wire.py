"""In which form a run asks its model, told by what the model's provider receives."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.providers import formats
from loom_app.providers.chat import ChatRequest
from loom_app.providers.errors import ProviderError
from loom_app.providers.models import Provider
from loom_app.providers.rates import input_bound
from loom_app.providers.usage import estimated_usage
from loom_app.runs import conversations, repository
from loom_app.runs.acting import act
from loom_app.runs.models import Turn
from loom_app.runs.think import think
from loom_app.runs.toolcalls import NOT_RUN
from tests.runs.pairing import paired
from tests.runs.stage import Stage, set_up
from tests.support import rows
from tests.support.provider_process import ProviderProcess

WRITE = {"type": "write_file", "path": "flour.txt", "content": "450 g\n"}
NO_TOOLS = {"error": {"message": "registry.ollama.ai/library/gpt-5 does not support tools"}}
Play = Callable[..., Awaitable[Stage]]


@pytest.fixture
def play(db: Database, settings: Settings, tmp_path: Path, provider_process: ProviderProcess, vault: Vault) -> Play:
    """Begins a run with a model of that name and plays the steps, a turn each."""

    async def played(model: str, *steps: dict[str, Any], **fields: Any) -> Stage:
        await rows.provider(db)
        async with db.write() as tx:
            row = await tx.get_one(Provider, "model")
            row.endpoint, row.model, row.private_allowed = provider_process.url, model, True
            for name, value in fields.items():
                setattr(row, name, value)
        stage = await set_up(db, settings, tmp_path)
        provider_process.script(*steps)
        for number in range(1, len(steps) + 1):
            await think(db, vault, settings, stage.run_id, number)
            await act(db, settings, stage.run_id, number)
        return stage

    return played


async def turns(stage: Stage) -> list[Turn]:
    async with stage.db.read() as tx:
        return list(await repository.turns(tx, stage.run_id))


async def test_a_small_model_is_asked_for_one_action_at_a_time(play: Play, provider_process: ProviderProcess) -> None:
    stage = await play("tiny-1b", {"reply": {"action": "write", "path": "flour.txt", "content": "450 g\n"}})
    (asked,) = provider_process.log()
    system = asked["messages"][0]["content"]
    assert ('{"action": "edit"' in system, '"actions" holds' in system) == (True, False)
    assert "action" in asked["body"]["response_format"]["json_schema"]["schema"]["properties"]
    assert [turn.format for turn in await turns(stage)] == ["simple", "simple"]
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"


@pytest.mark.parametrize(
    ("chosen", "forms"), [("auto", ["envelope", "simple", "simple"]), ("envelope", ["envelope"] * 3)]
)
async def test_after_a_reply_that_cannot_be_read_the_model_is_asked_in_a_simpler_form_where_nobody_chose_one(
    play: Play, provider_process: ProviderProcess, chosen: str, forms: list[str]
) -> None:
    good = {"reply": json.dumps({"action": "write", "path": "flour.txt", "content": "450 g\n"})}
    stage = await play("house-model", {"reply": "I will weigh the flour."}, good, action_format=chosen)
    assert [turn.format for turn in await turns(stage)] == forms
    system, *_, correction = (message["content"] for message in provider_process.log()[-1]["messages"])
    simple = chosen == "auto"
    assert ('{"action": "edit"' in system, '"actions" holds' in system) == (simple, not simple)
    assert ('{"action": "read_tree"' in correction) == simple
    assert "prose" in correction
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"


def call(name: str, call_id: str = "c1", **arguments: Any) -> dict[str, Any]:
    return {"id": call_id, "name": name, "arguments": arguments}


def called(*calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"reply": "", "tool_calls": list(calls), "finish_reason": "tool_calls", **more}


async def test_a_model_that_calls_functions_gets_them_and_their_results_by_their_ids(
    play: Play, provider_process: ProviderProcess
) -> None:
    stage = await play(
        "gpt-5",
        called(call("write_file", "a", path="flour.txt", content="450 g\n"), call("read_file", "b", path="flour.txt")),
        called(call("git_status", "c"), reply="I look."),
        {"reply": {"actions": [WRITE]}},
        called(call("git_diff", "a")),
    )
    first, second, _, last = provider_process.log()
    assert "response_format" not in first["body"]
    assert {"write_file", "done"} <= {tool["function"]["name"] for tool in first["body"]["tools"]}
    assert "Call the functions" in first["messages"][0]["content"]
    _, _, asked, written, read = second["messages"]
    assert (asked["content"], [each["id"] for each in asked["tool_calls"]]) == ("", ["a", "b"])
    assert (written["tool_call_id"], read["tool_call_id"]) == ("a", "b")
    assert ("Written 6 bytes" in written["content"], "Written" in read["content"]) == (True, False)
    assert "450 g" in read["content"]
    for request in provider_process.log():
        paired(request["messages"])
    assert [message["role"] for message in last["messages"]] == [
        "system", "user", "assistant", "tool", "tool", "assistant", "tool", "assistant", "user",
    ]  # fmt: skip
    rows = await turns(stage)
    assert [turn.format for turn in rows] == ["tools"] * 5
    assert (rows[1].notes, rows[1].shortfall, rows[0].shortfall) == ("I look.", "", "")
    assert json.loads(rows[0].reply or "")["actions"][0]["type"] == "write_file"
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"


async def test_what_is_wrong_with_a_call_is_told_to_that_call_and_none_is_run(
    play: Play, provider_process: ProviderProcess
) -> None:
    broken = {"id": "b", "name": "read_file", "arguments": '{"path": 1 2}'}
    good = call("write_file", "a", path="sugar.txt", content="x")
    stage = await play("gpt-5", called(good, broken, call("git_status", "c")), called(call("git_status", "d")))
    told = {
        each["tool_call_id"]: each["content"]
        for each in provider_process.log()[-1]["messages"]
        if "tool_call_id" in each
    }
    assert "arguments of your call of read_file cannot be read" in told["b"]
    assert told["a"] == told["c"] == NOT_RUN
    paired(provider_process.log()[-1]["messages"])
    for each in provider_process.log()[-1]["messages"][2]["tool_calls"]:
        assert isinstance(json.loads(each["function"]["arguments"]), dict)
    assert not (stage.folder / "sugar.txt").exists()
    assert [bool(turn.fault) for turn in await turns(stage)] == [True, False, False]


async def test_twice_a_call_that_cannot_be_read_ends_the_run(play: Play) -> None:
    broken = {"id": "b", "name": "read_file", "arguments": "{"}
    stage = await play("gpt-5", called(broken), called(broken))
    assert ((await stage.run()).terminal_reason, len(await turns(stage))) == ("parse_failures", 2)
    async with stage.db.write() as tx:
        await conversations.reset(tx, stage.run_id, keep_system_message=False, actor=SYSTEM)
    assert [(turn.tool_calls, turn.tool_results, turn.said, turn.reply) for turn in await turns(stage)] == [
        ([], [], "", "")
    ] * 2


async def test_a_provider_that_refuses_functions_is_asked_in_words_and_remembered(
    play: Play, provider_process: ProviderProcess
) -> None:
    provider_process.config(refusals={"tools": {"status": 400, "body": NO_TOOLS}})
    stage = await play("gpt-5", {"reply": {"actions": [WRITE]}})
    refused, asked = provider_process.log()
    assert ("tools" in refused["body"], "tools" in asked["body"]) == (True, False)
    assert '"actions" holds' in asked["messages"][0]["content"]
    assert "Call the functions" not in asked["messages"][0]["content"]
    assert refused["headers"]["idempotency-key"] != asked["headers"]["idempotency-key"]
    assert [turn.format for turn in await turns(stage)] == ["envelope", "envelope"]
    async with stage.db.read() as tx:
        known = await tx.get_one(Provider, "model")
    assert (known.status, list(known.refused_formats)) == ("healthy", ["tools"])
    assert formats.choose(known, now()).format == "envelope"
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"


async def test_other_refusals_are_not_taken_for_one_of_functions(play: Play, provider_process: ProviderProcess) -> None:
    provider_process.config(
        refusals={"tools": {"status": 400, "body": {"error": {"message": "bad temperature profile"}}}}
    )
    with pytest.raises(ProviderError):
        await play("gpt-5", {"reply": {"actions": [WRITE]}})


async def test_a_provider_that_ignores_functions_is_asked_in_words_from_the_second_turn_on(
    play: Play, provider_process: ProviderProcess
) -> None:
    stage = await play("gpt-5", {"reply": "I will weigh the flour."}, {"reply": {"actions": [WRITE]}})
    second = provider_process.log()[-1]
    assert ("tools" in second["body"], "response_format" in second["body"]) == (False, True)
    assert '"actions" holds' in second["messages"][0]["content"]
    assert [turn.format for turn in await turns(stage)] == ["tools", "envelope", "envelope"]
    async with stage.db.read() as tx:
        known = await tx.get_one(Provider, "model")
    assert "in words" in known.refused_formats["tools"]["why"]


async def test_where_a_person_chose_functions_the_model_is_told_to_call_them(
    play: Play, provider_process: ProviderProcess
) -> None:
    stage = await play(
        "house",
        {"reply": "I will weigh."},
        called(call("write_file", path="flour.txt", content="1")),
        action_format="tools",
    )
    second = provider_process.log()[-1]
    assert "tools" in second["body"]
    assert "called no function" in second["messages"][-1]["content"]
    assert [turn.format for turn in await turns(stage)] == ["tools"] * 3
    assert (stage.folder / "flour.txt").read_text() == "1"


async def test_calls_are_told_as_text_to_a_model_that_is_asked_in_words_later(
    play: Play, provider_process: ProviderProcess, vault: Vault
) -> None:
    stage = await play("gpt-5", called(call("write_file", path="flour.txt", content="1")))
    provider_process.config(refusals={"tools": {"status": 400, "body": NO_TOOLS}})
    provider_process.script({"reply": {"actions": [WRITE]}})
    await think(stage.db, vault, stage.settings, stage.run_id, 2)
    messages = provider_process.log()[-1]["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert json.loads(messages[2]["content"])["actions"] == [
        {"type": "write_file", "path": "flour.txt", "content": "1"}
    ]


async def test_a_turn_of_calls_that_is_carried_out_again_does_nothing_again(
    play: Play, provider_process: ProviderProcess, vault: Vault
) -> None:
    append = call("run_command", command="echo x >> log.txt")
    stage = await play("gpt-5", called(append, call("git_status", "d")))
    for _ in range(2):
        await think(stage.db, vault, stage.settings, stage.run_id, 1)
        assert await act(stage.db, stage.settings, stage.run_id, 1) == 2
    assert ((stage.folder / "log.txt").read_text(), len(provider_process.log())) == ("x\n", 1)


async def test_a_budget_counts_the_functions(play: Play, provider_process: ProviderProcess) -> None:
    await play("gpt-5", called(call("git_status")))
    body = provider_process.log()[0]["body"]
    bare = ChatRequest("gpt-5", body["messages"])
    assert input_bound(replace(bare, tools=body["tools"])) > input_bound(bare) + len(json.dumps(body["tools"])) * 0.9
    assert estimated_usage(body["messages"], 0, body["tools"]).input > estimated_usage(body["messages"], 0).input + 2000
