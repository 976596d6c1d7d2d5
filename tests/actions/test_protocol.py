"""What models are told of the wire format is what is accepted."""

import json
import re

import pytest

from loom_app.actions.parsing import parse_reply
from loom_app.actions.protocol import SIMPLE, instructions, reply_schema
from loom_app.actions.types import CORE, load_action
from loom_app.actions.verbs import NOT_OFFERED, VERBS

READING = {
    "read_file", "read_tree", "search_text", "git_status", "git_diff", "git_log", "git_list_branches",
    "git_diff_branches", "git_bead_commits", "find_references", "go_to_definition", "find_implementations",
    "generate_docs", "fetch_pr", "review_code",
}  # fmt: skip
IDEMPOTENT = {"write_file", "delete_file", "git_fetch", "git_checkout", "request_review"}


def test_the_example_is_a_right_reply() -> None:
    example = next(line for line in instructions().splitlines() if line.startswith("{"))
    assert parse_reply(example).remarks == []


@pytest.mark.parametrize("name", list(CORE))
def test_every_action_is_described_with_its_fields(name: str) -> None:
    entry = next(line for line in instructions().splitlines() if line.startswith(f"- {name}("))
    for field, spec in CORE[name].model_fields.items():
        if field != "type":
            assert re.search(rf"\b{field}{'[*]' if spec.is_required() else ''}", entry)


@pytest.mark.parametrize("name", list(CORE))
def test_examples_survive_the_record(name: str) -> None:
    action = load_action(name, CORE[name].example)
    assert load_action(name, action.parameters()) == action
    assert parse_reply(json.dumps({"type": name, **CORE[name].example})).actions == [action]


def test_fewer_actions_can_be_offered() -> None:
    some = {name: CORE[name] for name in ("read_file", "done")}
    assert "- write_file(" not in instructions(some)
    assert reply_schema(some)["properties"]["actions"]["items"]["properties"]["type"]["enum"] == ["read_file", "done"]


def test_every_line_of_the_simple_form_is_a_right_answer() -> None:
    told = [line for line in instructions(form=SIMPLE).splitlines() if line.startswith(("{", "- {"))]
    verbs = {"scope", "tree", "read", "search", "edit", "write", "test", "bash", "git_commit", "git_status", "done"}
    assert verbs | {"close_bead", "escalate"} <= {json.loads(_object(line))["action"] for line in told}
    for line in told:
        reply = parse_reply(_object(line))
        assert (len(reply.actions), reply.remarks) == (1, [])


def _object(line: str) -> str:
    return line[line.index("{") : line.rindex("}") + 1]


def test_the_simple_form_is_short_and_tells_only_what_is_offered() -> None:
    some = {name: CORE[name] for name in ("read_file", "done")}
    assert '"edit"' not in instructions(some, SIMPLE)
    assert reply_schema(some, SIMPLE)["properties"]["action"]["enum"] == ["read", "done"]
    assert len(instructions(form=SIMPLE)) < len(instructions()) * 0.75
    assert len(json.dumps(reply_schema(form=SIMPLE))) < 1500


def test_no_field_is_shown_with_what_is_none_of_its_values() -> None:
    assert "Undefined" not in instructions()


def test_the_schema_is_small() -> None:
    assert len(json.dumps(reply_schema())) < 1500


def test_effects_and_names_are_consistent() -> None:
    assert {name for name, model in CORE.items() if model.effect == "read"} == READING
    assert {name for name, model in CORE.items() if model.effect == "idempotent"} == IDEMPOTENT
    assert all(target in CORE for target, _ in VERBS.values())
    assert not (set(VERBS) | set(CORE)) & set(NOT_OFFERED)
