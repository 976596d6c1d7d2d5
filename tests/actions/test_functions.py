"""The actions as functions, and calls of them read back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.actions.faults import ReplyError
from loom_app.actions.functions import as_text, functions, read_calls
from loom_app.actions.parsing import parse_reply
from loom_app.actions.types import CORE

PLAIN = {"type", "description", "enum", "properties", "items", "required"}


def call(name: str, arguments: Any) -> dict[str, Any]:
    return {"id": "c", "name": name, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)}


def schemas(schema: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return [schema, *(found for each in inner for found in schemas(each))]


def test_every_action_is_a_function_in_what_all_providers_take() -> None:
    made = {each["function"]["name"]: each["function"] for each in functions()}
    assert list(made) == list(CORE)
    for name, function in made.items():
        parameters = function["parameters"]
        assert (bool(function["description"]), parameters["type"]) == (True, "object")
        for schema in schemas(parameters):
            assert set(schema) <= PLAIN
            assert isinstance(schema["type"], str)
        fields = {field for field in CORE[name].model_fields if field != "type"}
        required = {field for field in fields if CORE[name].model_fields[field].is_required()}
        assert (set(parameters["properties"]), set(parameters.get("required", ()))) == (fields, required)


@pytest.mark.parametrize("name", list(CORE))
def test_examples_are_right_calls(name: str) -> None:
    reply = read_calls([call(name, CORE[name].example)], "so")
    assert (reply.actions[0].name, reply.notes, reply.remarks) == (name, "so", [])
    assert parse_reply(as_text([call(name, CORE[name].example)])).actions == reply.actions


@pytest.mark.parametrize(
    "arguments",
    ['{"path": "a"}', '{"path": "a",}', "{'path': 'a'}", '"{\\"path\\": \\"a\\"}"', ' ```json\n{"path": "a"}\n```'],
)
def test_arguments_are_read_leniently(arguments: str) -> None:
    assert read_calls([call("read_file", arguments)]).actions[0].parameters() == {"path": "a"}


@pytest.mark.parametrize(
    ("arguments", "kind", "phrase"),
    [
        ('{"path": 1 2}', "invalid_json", "cannot be read"),
        ('{"path": "fl', "truncated", "never end"),
        ("[1]", "invalid_json", "no JSON object"),
        ("path", "invalid_json", "no JSON object"),
        ("{}", "invalid_action", '"path" is missing'),
        ('{"path": "' + "x" * 5000 + '"}', "invalid_action", "too long"),
    ],
)
def test_the_call_at_fault_is_named_and_quoted(arguments: str, kind: str, phrase: str) -> None:
    with pytest.raises(ReplyError) as caught:
        read_calls([call("git_status", ""), call("read_file", arguments)], "I look.")
    assert (caught.value.kind, caught.value.call, caught.value.notes) == (kind, 1, "I look.")
    told = caught.value.told_in("tools")
    assert phrase in told
    assert "read_file" in told
    assert "JSON object only" not in told


def test_a_call_that_was_cut_off_before_its_arguments_is_not_carried_out() -> None:
    assert read_calls([call("done", "")]).actions
    with pytest.raises(ReplyError, match="cut off"):
        read_calls([call("git_status", ""), call("done", "")], cut=True)


def test_only_the_first_twenty_calls_are_taken() -> None:
    reply = read_calls([call("git_status", "")] * 31)
    assert (len(reply.actions), "31 functions" in reply.remarks[-1]) == (20, True)


@given(st.text(), st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps), st.booleans())
def test_nothing_but_a_reply_error_is_raised(name: str, arguments: str, cut: bool) -> None:
    calls = [call(name, arguments), call("read_file", arguments)]
    as_text(calls)
    for some in (calls, calls[1:]):
        try:
            read_calls(some, name, cut=cut)
        except ReplyError as error:
            assert error.told_in("tools")  # noqa: PT017 - either outcome is right
