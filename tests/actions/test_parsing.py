"""Replies as models really write them."""

import json
import time
from contextlib import suppress

import pytest

from loom_app.actions.faults import ReplyError
from loom_app.actions.parsing import parse_reply
from loom_app.actions.types import CORE

READ = {"type": "read_file", "path": "a.py"}
ENVELOPE = json.dumps({"actions": [READ], "notes": "look first"})


def told(text: str) -> ReplyError:
    with pytest.raises(ReplyError) as caught:
        parse_reply(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        ENVELOPE,
        f"\ufeff{ENVELOPE}",
        f"```json\n{ENVELOPE}\n```",
        f"```\n{ENVELOPE}```",
        f"Sure! I use {{curly}} braces and [links](x).\n\n{ENVELOPE}\n\nHope that helps.",
        f"<think>maybe {{'action': 'done'}} or {ENVELOPE[:40]}</think>\n{ENVELOPE}",
        f'I could {{"action": "done"}} now</think>{ENVELOPE}',
        f"<THINK>a</THINK><think>b</think>{ENVELOPE}",
        f"<think>I never close this.\n{ENVELOPE}",
        f'{{"name": "test", "version": "1.0"}} is what package.json says. {ENVELOPE}',
        f'The form is {{"actions": [{{"type": ...}}]}}. So: {ENVELOPE}',
        f"f() {{ return: 'it }}\nand {{ a: 'b }}\n{ENVELOPE}",
        ENVELOPE.replace("}]", "},]").replace('"look first"}', '"look first",}'),
        "{'actions': [{'type': 'read_file', 'path': 'a.py', 'end_line': None}], 'notes': 'look first'}",
        "{“actions”: [{“type”: “read_file”, “path”: “a.py”}], “notes”: “look first”}",
        '{actions: [{type: "read_file", path: "a.py"}], notes: "look first"} // done',
        '{\n  // read it\n  "actions": [{"type": "read_file", "path": "a.py"}], # now\n "notes": "look first"}',
        '{"response": ' + ENVELOPE + "}",
        '{"actions": "[{\\"type\\": \\"read_file\\", \\"path\\": \\"a.py\\"}]", "notes": "look first"}',
        '{"actions": {"type": "read_file", "path": "a.py"}, "notes": "look first"}',
        ENVELOPE + "}}",
        ENVELOPE + ENVELOPE.replace("a.py", "b.py"),
    ],
)
def test_an_envelope_is_found_in_what_models_put_around_it(text: str) -> None:
    reply = parse_reply(text)
    assert [action.name for action in reply.actions] == ["read_file"]
    assert reply.actions[0].parameters() == {"path": "a.py"}
    assert reply.notes == "look first"


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        ('{"action": "scope"}', "read_tree", {"path": ".", "max_depth": 2, "limit": 500}),
        ('{"action": "tree", "path": "src"}', "read_tree", {"path": "src", "max_depth": 3, "limit": 500}),
        ('{"action": "read", "path": "x"}', "read_file", {"path": "x"}),
        ('{"action": "search", "query": "q"}', "search_text", {"query": "q", "path": ".", "limit": 200}),
        ('{"action": "edit", "path": "x", "old": "1", "new": ""}', "edit_code",
         {"path": "x", "old_text": "1", "new_text": ""}),
        ('{"action": "write", "path": "x", "content": ""}', "write_file", {"path": "x", "content": ""}),
        ('{"action": "test", "pattern": "t"}', "run_tests", {"test_pattern": "t"}),
        ('{"action": "bash", "command": "ls"}', "run_command", {"command": "ls", "working_dir": ".", "reason": ""}),
        ('{"action": "git_commit", "message": "m"}', "git_commit", {"commit_message": "m", "files": []}),
        ('{"action": "git_status"}', "git_status", {}),
        ('{"action": "done", "reason": "ok"}', "done", {"reason": "ok"}),
        ('{"action": "close_bead", "reason": "ok"}', "close_bead", {"reason": "ok"}),
        ('{"action": "escalate", "reason": "why"}', "escalate_ceo", {"reason": "why"}),
        ('{"type": "read_code", "path": "x"}', "read_file", {"path": "x"}),
        ('[{"type": "git_diff"}]', "git_diff", {}),
        ('{"type": "Read-File", "path": "x"}', "read_file", {"path": "x"}),
        ('{"name": "read_file", "arguments": {"path": "x"}}', "read_file", {"path": "x"}),
        ('{"name": "read_file", "arguments": "{\\"path\\": \\"x\\"}"}', "read_file", {"path": "x"}),
        ('{"type": "read_file", "path": "x", "start_line": "3", "end_line": null}', "read_file",
         {"path": "x", "start_line": 3}),
        ('{"type": "run_command", "command": ["ls", "a b"]}', "run_command",
         {"command": "ls 'a b'", "working_dir": ".", "reason": ""}),
    ],
)  # fmt: skip
def test_short_forms_and_other_names_are_taken(text: str, name: str, parameters: dict[str, object]) -> None:
    action = parse_reply(text).actions[0]
    assert (action.name, action.parameters()) == (name, parameters)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "create_bead", "bead": {"title": "T", "priority": "P1", "type": "Bug", "tags": "a, b"}}',
        '{"type": "create_bead", "title": "T", "priority": "high", "bead_type": "bug", "labels": ["a", "b"]}',
        '{"action": "create_bead", "type": "bug", "title": "T", "priority": 1, "tags": ["a", "b"]}',
    ],
)
def test_a_bead_may_be_nested_or_flat(text: str) -> None:
    bead = parse_reply(text).actions[0].parameters()["bead"]
    assert (bead["title"], bead["priority"], bead["type"], bead["tags"]) == ("T", 1, "bug", ["a", "b"])


@pytest.mark.parametrize(
    ("written", "content"),
    [
        ('"a\nb"', "a\nb"),
        (r'"\d+\.\w"', r"\d+\.\w"),
        (r'"it\'s"', "it's"),
        (r"'say \"hi\" \n\'x\''", "say \"hi\" \n'x'"),
        (r"""'say "hi"'""", 'say "hi"'),
        ('"""x "y"\nz"""', 'x "y"\nz'),
        (r'"\u00e9\ud83d\ude00"', "é😀"),
        ('"</think> <think> ```"', "</think> <think> ```"),
        ('"“quoted” // no comment # none"', "“quoted” // no comment # none"),
        (r'"C:\\new\\table"', r"C:\new\table"),
    ],
)
def test_texts_keep_their_meaning(written: str, content: str) -> None:
    action = parse_reply(f'{{"actions": [{{"type": "write_file", "path": "a", "content": {written},}},]}}').actions[0]
    assert action.parameters()["content"] == content


@pytest.mark.parametrize(
    ("text", "kind", "phrase"),
    [
        ("", "empty", "empty"),
        (" \n\t", "empty", "empty"),
        ("<think>I wonder.</think>", "empty", "only reasoning"),
        ("I will read the file now: then edit it.", "prose", "prose"),
        ("Use {curly} like [this] and {name: x}.", "prose", "prose"),
        ('{"name": "test"} is in package.json', "prose", "prose"),
        ("<think>still thinking", "truncated", "reasoning"),
        (f"<think>a draft: {ENVELOPE} but no, better", "truncated", "reasoning"),
        (ENVELOPE[:-20], "truncated", "cut off"),
        (f"```json\n{ENVELOPE[:-1]}\n```", "truncated", "cut off"),
        ('{"actions": [', "truncated", "cut off"),
        ('{"actions": [{"type": "read_file", "path": "a"}, {"type": "write_file", "path": "b", "content": "ab',
         "truncated", "cut off"),
        ('{"actions": [{"type": "done", "reason": tru', "truncated", "cut off"),
        ('{"actions": [{"type": "done" "reason": "x"}]}', "invalid_json", "line 1, column 30"),
        ('{"actions": [{"type": "write_file", "path": "a", "content": "a "b" c"}]}', "invalid_json", 'written \\"'),
        ('{"actions": [{"type": "done"}}', "invalid_json", ">>>HERE>>>"),
        ('{"actions": []}', "no_actions", "empty list"),
        ('{"foo": 1}', "invalid_action", "names no action"),
        ('{"actions": 3}', "invalid_action", "must be a list"),
        ('{"actions": [3]}', "invalid_action", "a number"),
        ('{"actions": [{"path": "a"}]}', "invalid_action", 'no "type"'),
        ('{"actions": [{"type": "raed_file"}]}', "invalid_action", "Did you mean 'read_file'?"),
        ('{"action": "git_push"}', "invalid_action", "not offered"),
        ('{"actions": [{"type": "read_file"}]}', "invalid_action", 'field "path" is missing'),
        ('{"actions": [{"type": "git_diff"}, {"type": "read_file", "path": []}]}', "invalid_action", "Action 2 of 2"),
        ('{"type": "read_file", "path": "a\\u0000b"}', "invalid_action", "NUL"),
        ('{"type": "write_file", "path": "a", "content": "\\ud800"}', "invalid_action", "surrogate"),
        ('{"type": "write_file", "path": "a", "content": {"x": 1}}', "invalid_action", "must be a text, not an object"),
        ('{"type": "edit_code", "path": "a", "old_text": "x"}', "invalid_action", "new_text is missing"),
        ('{"type": "edit_code", "path": "a", "old": "x", "new": "y", "patch": "z"}', "invalid_action", "not both"),
        ('{"type": "read_file", "path": "a", "start_line": 9, "end_line": 3}', "invalid_action", "before start_line 9"),
        ('{"type": "create_bead", "bead": {"title": " "}}', "invalid_action", "bead.title"),
        ('{"actions": ' + "[" * 5000 + "]" * 5000 + "}", "invalid_json", "nested too deeply"),
        ('{"type": "read_file", "path": "a", "start_line": ' + "9" * 5000 + "}", "invalid_json", "digit"),
    ],
)  # fmt: skip
def test_faults_are_told_apart_and_explained(text: str, kind: str, phrase: str) -> None:
    error = told(text)
    assert error.kind == kind
    assert phrase in error.message
    assert "Nothing of your reply was run" in error.message
    assert len(error.message) < 3000


@pytest.mark.parametrize(
    "name", [name for name, model in CORE.items() if any(f.is_required() for f in model.model_fields.values())]
)
def test_the_example_in_a_fault_is_right(name: str) -> None:
    error = told(json.dumps({"type": name}))
    assert parse_reply(error.message.rsplit("\n", 1)[1]).actions[0].name == name


def test_a_cut_reply_runs_none_of_its_whole_actions() -> None:
    whole = json.dumps({"actions": [READ, {"type": "git_status"}, {"type": "done", "reason": "x" * 50}]})
    for end in range(1, len(whole)):
        assert told(whole[:end]).kind in ("truncated", "prose"), whole[:end]


def test_unknown_fields_are_ignored_and_mentioned() -> None:
    reply = parse_reply('{"actions": [{"type": "git_status", "colour": 1, "thought": "hm"}]}')
    assert reply.remarks == ["git_status does not know these fields, which were ignored: colour."]


def test_only_the_first_twenty_actions_are_taken() -> None:
    reply = parse_reply(json.dumps({"actions": [{"type": "git_status"}] * 31}))
    assert len(reply.actions) == 20
    assert "31 actions" in reply.remarks[-1]


def test_notes_of_a_reply_without_actions_are_kept() -> None:
    assert told('{"actions": [], "notes": "All done here."}').notes == "All done here."


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize(
    "piece",
    [
        '{"a', "[", '{"a":', "[{", '{"a":[', "'", "<think>", "</think>", "{", "{a:", '{"x":1}', '{"type":"x"}', '\\"',
        '{"""\\"', '{"\\', "// ", "{// ", '{"type":"read_filf"} ', "{  ", '{"a":9', "“", "{“", "{'a\n", '{"actions":',
        '{"actions":[{"type":"done"', "{}", "``` {",
    ],
)  # fmt: skip
def test_time_grows_with_the_length_of_garbage_only(piece: str, size: int) -> None:
    text = piece * (60_000 * size // len(piece))
    began = time.process_time()
    with suppress(ReplyError):
        parse_reply(text)
    assert time.process_time() - began < 1.5 * size, "far above what a linear reader takes"
